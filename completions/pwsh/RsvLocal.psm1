# The cmdlets of rsv as PowerShell functions, for Windows PowerShell 5.1 and PowerShell 7.
# Written by: rsv __module psm1
#
#     Import-Module ./RsvLocal.psd1
#
# It does not load beside a loaded Az module: what is meant for rsv must never reach the real Azure.
# To load it all the same: Import-Module ./RsvLocal.psd1 -ArgumentList $true, or set
# $env:RSV_ALLOW_AZ to 1. Keep it out of $env:PSModulePath where Az is installed too.
param([bool]$AllowAz = $false)

# Parameters that PowerShell itself sees to.
$script:Common = @(
    'Verbose', 'Debug', 'ErrorAction', 'WarningAction', 'InformationAction', 'ProgressAction',
    'ErrorVariable', 'WarningVariable', 'InformationVariable', 'OutVariable', 'OutBuffer',
    'PipelineVariable', 'WhatIf', 'Confirm'
)
$script:AzAllowed = $AllowAz -or [bool]$env:RSV_ALLOW_AZ

# The Az modules of this session, as text; empty when there are none.
function Get-RsvForeignModule {
    $found = @(Get-Module | Where-Object { $_.Name -like 'Az.*' -or $_.Name -eq 'Az' -or $_.Name -like 'AzureRM*' })
    return (@($found | ForEach-Object { $_.Name }) -join ', ')
}

# Refuses to go on beside Az, where a name could mean the real cmdlet.
function Assert-RsvAlone {
    if ($script:AzAllowed) { return }
    $found = Get-RsvForeignModule
    if (-not $found) { return }
    $message = "RsvLocal does not run beside $found" + ': a command that is meant for rsv could reach the real Azure. ' +
        'Open a new session without Az, or say that you know: $env:RSV_ALLOW_AZ = 1, ' +
        'or Import-Module RsvLocal.psd1 -ArgumentList $true.'
    $exception = [System.InvalidOperationException]::new($message)
    throw [System.Management.Automation.ErrorRecord]::new(
        $exception, 'RsvAzModuleLoaded', [System.Management.Automation.ErrorCategory]::ResourceExists, $found)
}

# A value as JSON is to show it. Objects of rsv get their type's name back.
function ConvertTo-RsvValue {
    param($Value)
    if ($null -eq $Value) { return $null }
    if ($Value -is [string]) { return [string]$Value }
    if ($Value -is [System.Management.Automation.SwitchParameter]) { return [bool]$Value }
    if ($Value -is [datetime] -or $Value -is [System.DateTimeOffset]) {
        return $Value.ToUniversalTime().ToString(
            "yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", [System.Globalization.CultureInfo]::InvariantCulture)
    }
    if ($Value -is [timespan]) { return [System.Xml.XmlConvert]::ToString($Value) }
    if ($Value -is [enum] -or $Value -is [guid] -or $Value -is [uri] -or $Value -is [char]) { return $Value.ToString() }
    if ($Value -is [System.IO.FileSystemInfo]) { return $Value.FullName }
    if ($Value -is [System.ValueType]) { return $Value }
    if ($Value -is [System.Collections.IDictionary]) {
        $copy = [ordered]@{}
        foreach ($key in @($Value.Keys)) { $copy[[string]$key] = ConvertTo-RsvValue $Value[$key] }
        return $copy
    }
    if ($Value -is [System.Collections.IEnumerable]) {
        $list = [System.Collections.ArrayList]::new()
        foreach ($element in $Value) { [void]$list.Add((ConvertTo-RsvValue $element)) }
        return , $list.ToArray()
    }
    $copy = [ordered]@{}
    foreach ($property in $Value.PSObject.Properties) {
        $copy[$property.Name] = ConvertTo-RsvValue $property.Value
    }
    $type = $Value.PSObject.TypeNames[0]
    if ($type -notlike 'System.*' -and $type -notlike 'Selected.*') { $copy['PSTypeName'] = $type }
    return $copy
}

# An object of an answer: its type's name is no property of it.
function ConvertFrom-RsvObject {
    param($Value)
    if ($Value -isnot [System.Management.Automation.PSCustomObject]) { return $Value }
    $type = $Value.PSObject.Properties['PSTypeName']
    if ($type) {
        $name = [string]$type.Value
        $Value.PSObject.Properties.Remove('PSTypeName')
        $Value.PSObject.TypeNames.Insert(0, $name)
    }
    return $Value
}

# Sends one request and returns the answer; nothing when there is none.
function Send-RsvRequest {
    param([string]$Name, $Parameters, $Caller)
    $program = @(Get-Command -Name 'rsv' -CommandType Application -ErrorAction SilentlyContinue)[0]
    if (-not $program) {
        Write-RsvError $Caller 'RsvProgramNotFound' 'The program rsv is not in $env:PATH.' 'Install rsv, or add its folder to $env:PATH.' 3
        return
    }
    $request = ConvertTo-Json -InputObject @{ cmdlet = $Name; parameters = $Parameters } -Depth 100 -Compress
    # Plain ASCII both ways: no code page can spoil it.
    $request = [regex]::Replace($request, '[^\x20-\x7e]', { param($m) '\u{0:x4}' -f [int][char]$m.Value })
    $OutputEncoding = [System.Text.ASCIIEncoding]::new()
    $ErrorActionPreference = 'Continue'
    $PSNativeCommandUseErrorActionPreference = $false
    $text = @($request | & $program.Source '__invoke') -join "`n"
    $answer = $null
    try { if ($text) { $answer = ConvertFrom-Json -InputObject $text -ErrorAction Stop } } catch { $answer = $null }
    if (-not $answer) {
        Write-RsvError $Caller 'RsvNoAnswer' "rsv ended with exit code $LASTEXITCODE and gave no answer." 'See what it wrote to standard error.' 1
        return
    }
    return $answer
}

# Tells an error: its code comes first in FullyQualifiedErrorId.
function Write-RsvError {
    param($Caller, [string]$Code, [string]$Message, [string]$Hint, [int]$ExitCode)
    $category = switch ($ExitCode) {
        2 { 'InvalidArgument' }
        3 { 'ObjectNotFound' }
        4 { 'InvalidData' }
        5 { 'ResourceBusy' }
        6 { 'LimitsExceeded' }
        7 { 'ResourceUnavailable' }
        130 { 'OperationStopped' }
        default { 'InvalidOperation' }
    }
    $exception = [System.Management.Automation.RuntimeException]::new($Message)
    $exception.Data['ExitCode'] = $ExitCode
    $record = [System.Management.Automation.ErrorRecord]::new(
        $exception, $Code, [System.Management.Automation.ErrorCategory]$category, $null)
    $told = if ($Hint) { "$Message $Hint" } else { $Message }
    $record.ErrorDetails = [System.Management.Automation.ErrorDetails]::new($told)
    if ($Hint) { $record.ErrorDetails.RecommendedAction = $Hint }
    $Caller.WriteError($record)
}

# Tells the warnings and details of an answer, without the warnings that were told before.
function Write-RsvTalk {
    param($Caller, $Answer, [object[]]$Before)
    foreach ($text in @($Answer.verbose)) { if ($text) { Write-Verbose -Message $text } }
    foreach ($text in @($Answer.warnings)) {
        if ($text -and $Before -notcontains $text) { Write-Warning -Message $text }
    }
}

# Runs a cmdlet. What changes something is asked for here, before rsv is told that it may: under
# -WhatIf, and before a question, rsv runs every check and says what it would do.
function Invoke-Rsv {
    param([string]$Name, [System.Collections.IDictionary]$Bound, $Caller, [string]$Impact)
    Assert-RsvAlone
    $given = [ordered]@{}
    foreach ($key in @($Bound.Keys)) {
        if ($script:Common -notcontains $key) { $given[$key] = ConvertTo-RsvValue $Bound[$key] }
    }
    if ([string]$ProgressPreference -eq 'SilentlyContinue' -or [string]$ProgressPreference -eq 'Ignore') {
        $given['ProgressAction'] = 'SilentlyContinue'
    }
    $told = @()
    if ($Impact) {
        $preference = [int][System.Management.Automation.ConfirmImpact]$ConfirmPreference
        $asks = $preference -ne 0 -and [int][System.Management.Automation.ConfirmImpact]$Impact -ge $preference
        if ($Bound['Force'] -and -not $Bound['Confirm']) { $asks = $false }
        if ($WhatIfPreference -or $asks) {
            $given['WhatIf'] = $true
            $plan = Send-RsvRequest $Name $given $Caller
            if (-not $plan) { return }
            Write-RsvTalk $Caller $plan @()
            $told = @($plan.warnings)
            if ($plan.error) {
                Write-RsvError $Caller $plan.error.code $plan.error.message $plan.error.hint $plan.error.exitCode
                return
            }
            $steps = @($plan.whatIf | Where-Object { $_ })
            if ($steps.Count -eq 0) { $steps = @(@{ operation = $Name; target = 'rsv' }) }
            $goes = $true
            foreach ($step in $steps) {
                if (-not $Caller.ShouldProcess($step.target, $step.operation)) {
                    $goes = $false
                    if (-not $WhatIfPreference) { break }
                }
            }
            if (-not $goes) { return }
            $given.Remove('WhatIf')
            $given['Confirm'] = $false
        } elseif ($preference -eq 0) {
            # -Confirm:$false, or a preference that says the same.
            $given['Confirm'] = $false
        }
    }
    $answer = Send-RsvRequest $Name $given $Caller
    if (-not $answer) { return }
    Write-RsvTalk $Caller $answer $told
    foreach ($item in @($answer.output)) { if ($null -ne $item) { ConvertFrom-RsvObject $item } }
    if ($answer.error) {
        Write-RsvError $Caller $answer.error.code $answer.error.message $answer.error.hint $answer.error.exitCode
    }
}

# Offers what rsv would offer at this place; it only reads.
function Complete-Rsv {
    param($CommandName, $ParameterName, $WordToComplete, $CommandAst, $FakeBoundParameters)
    $program = @(Get-Command -Name 'rsv' -CommandType Application -ErrorAction SilentlyContinue)[0]
    if (-not $program) { return }
    $words = [System.Collections.ArrayList]::new()
    [void]$words.Add('rsv')
    [void]$words.Add($CommandName)
    foreach ($key in @($FakeBoundParameters.Keys)) {
        $value = $FakeBoundParameters[$key]
        if ($key -eq $ParameterName -or $value -isnot [string] -or -not $value) { continue }
        [void]$words.Add(('-{0}:{1}' -f $key, ($value -replace '[\r\n]', ' ')))
    }
    [void]$words.Add("-$ParameterName")
    $typed = ([string]$WordToComplete).Trim([char[]]@([char]39, [char]34))
    $index = $words.Count
    [void]$words.Add($typed)
    $OutputEncoding = [System.Text.UTF8Encoding]::new($false)
    foreach ($line in @($words | & $program.Source '__complete' 'input' $index 2>$null)) {
        if ($line -eq ':' -or $line -eq ':nospace') { continue }
        $text, $about = $line -split "`t", 2
        if (-not $text) { continue }
        if (-not $about) { $about = $text }
        $insert = $text
        if ($text -match '[\s;,|&(){}<>$`''"@#]') { $insert = "'" + $text.Replace("'", "''") + "'" }
        [System.Management.Automation.CompletionResult]::new($insert, $text, 'ParameterValue', $about)
    }
}

Assert-RsvAlone

function Connect-AzAccount {
    <#
    .SYNOPSIS
    Sign in: show the account, or change its name and subscription.
    .PARAMETER AccountId
    Name to sign in under; the account keeps its principal and so its permissions.
    .PARAMETER Subscription
    Subscription to work in: id or name.
    .PARAMETER Tenant
    Tenant: id of the home's only one.
    .PARAMETER Environment
    AzureCloud, the only one there is.
    .PARAMETER Force
    Do not ask.
    .PARAMETER Credential
    Not supported: there is nothing to authenticate against, so give rsv no secrets.
    .PARAMETER AccessToken
    Not supported: there is nothing to authenticate against, so give rsv no secrets.
    .PARAMETER GraphAccessToken
    Not supported: there is nothing to authenticate against, so give rsv no secrets.
    .PARAMETER MicrosoftGraphAccessToken
    Not supported: there is nothing to authenticate against, so give rsv no secrets.
    .PARAMETER KeyVaultAccessToken
    Not supported: there is nothing to authenticate against, so give rsv no secrets.
    .PARAMETER FederatedToken
    Not supported: there is nothing to authenticate against, so give rsv no secrets.
    .PARAMETER ClientAssertion
    Not supported: there is nothing to authenticate against, so give rsv no secrets.
    .PARAMETER CertificatePath
    Not supported: there is nothing to authenticate against, so give rsv no secrets.
    .PARAMETER CertificatePassword
    Not supported: there is nothing to authenticate against, so give rsv no secrets.
    .PARAMETER CertificateThumbprint
    Not supported: there is nothing to authenticate against, so give rsv no secrets.
    .PARAMETER SendCertificateChain
    Not supported: there is nothing to authenticate against, so give rsv no secrets.
    .PARAMETER ManagedServiceSecret
    Not supported: there is nothing to authenticate against, so give rsv no secrets.
    .PARAMETER ManagedServiceHostName
    Not supported: there is nothing to authenticate against: leave it out.
    .PARAMETER ManagedServicePort
    Not supported: there is nothing to authenticate against: leave it out.
    .PARAMETER ApplicationId
    Not supported: there is nothing to authenticate against: leave it out.
    .PARAMETER ServicePrincipal
    Not supported: there is nothing to authenticate against: leave it out.
    .PARAMETER Identity
    Not supported: there is nothing to authenticate against: leave it out.
    .PARAMETER MSI
    Not supported: there is nothing to authenticate against: leave it out.
    .PARAMETER ManagedService
    Not supported: there is nothing to authenticate against: leave it out.
    .PARAMETER UseDeviceAuthentication
    Not supported: there is nothing to authenticate against: leave it out.
    .PARAMETER DeviceCode
    Not supported: there is nothing to authenticate against: leave it out.
    .PARAMETER DeviceAuth
    Not supported: there is nothing to authenticate against: leave it out.
    .PARAMETER Device
    Not supported: there is nothing to authenticate against: leave it out.
    .PARAMETER AuthScope
    Not supported: there is nothing to authenticate against: leave it out.
    .PARAMETER AuthScopeTypeName
    Not supported: there is nothing to authenticate against: leave it out.
    .PARAMETER ClaimsChallenge
    Not supported: there is nothing to authenticate against: leave it out.
    .PARAMETER SkipValidation
    Not supported: there is nothing to authenticate against: leave it out.
    .PARAMETER ContextName
    Not supported: contexts belong to the home, one for each subscription; RSV_SUBSCRIPTION sets one for a process.
    .PARAMETER SkipContextPopulation
    Not supported: contexts belong to the home, one for each subscription; RSV_SUBSCRIPTION sets one for a process.
    .PARAMETER MaxContextPopulation
    Not supported: contexts belong to the home, one for each subscription; RSV_SUBSCRIPTION sets one for a process.
    .PARAMETER Scope
    Not supported: contexts belong to the home, one for each subscription; RSV_SUBSCRIPTION sets one for a process.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter()]
        [object]$AccountId,
        [Parameter()]
        [Alias('SubscriptionId', 'SubscriptionName')]
        [object]$Subscription,
        [Parameter()]
        [Alias('Domain', 'TenantId')]
        [object]$Tenant,
        [Parameter()]
        [Alias('EnvironmentName')]
        [ValidateSet('AzureCloud')]
        [object]$Environment,
        [Parameter()]
        [switch]$Force,
        [Parameter(DontShow = $true)]
        [object]$Credential,
        [Parameter(DontShow = $true)]
        [object]$AccessToken,
        [Parameter(DontShow = $true)]
        [object]$GraphAccessToken,
        [Parameter(DontShow = $true)]
        [object]$MicrosoftGraphAccessToken,
        [Parameter(DontShow = $true)]
        [object]$KeyVaultAccessToken,
        [Parameter(DontShow = $true)]
        [object]$FederatedToken,
        [Parameter(DontShow = $true)]
        [object]$ClientAssertion,
        [Parameter(DontShow = $true)]
        [object]$CertificatePath,
        [Parameter(DontShow = $true)]
        [object]$CertificatePassword,
        [Parameter(DontShow = $true)]
        [object]$CertificateThumbprint,
        [Parameter(DontShow = $true)]
        [switch]$SendCertificateChain,
        [Parameter(DontShow = $true)]
        [object]$ManagedServiceSecret,
        [Parameter(DontShow = $true)]
        [object]$ManagedServiceHostName,
        [Parameter(DontShow = $true)]
        [object]$ManagedServicePort,
        [Parameter(DontShow = $true)]
        [object]$ApplicationId,
        [Parameter(DontShow = $true)]
        [switch]$ServicePrincipal,
        [Parameter(DontShow = $true)]
        [switch]$Identity,
        [Parameter(DontShow = $true)]
        [switch]$MSI,
        [Parameter(DontShow = $true)]
        [switch]$ManagedService,
        [Parameter(DontShow = $true)]
        [switch]$UseDeviceAuthentication,
        [Parameter(DontShow = $true)]
        [switch]$DeviceCode,
        [Parameter(DontShow = $true)]
        [switch]$DeviceAuth,
        [Parameter(DontShow = $true)]
        [switch]$Device,
        [Parameter(DontShow = $true)]
        [object]$AuthScope,
        [Parameter(DontShow = $true)]
        [object]$AuthScopeTypeName,
        [Parameter(DontShow = $true)]
        [object]$ClaimsChallenge,
        [Parameter(DontShow = $true)]
        [switch]$SkipValidation,
        [Parameter(DontShow = $true)]
        [object]$ContextName,
        [Parameter(DontShow = $true)]
        [switch]$SkipContextPopulation,
        [Parameter(DontShow = $true)]
        [object]$MaxContextPopulation,
        [Parameter(DontShow = $true)]
        [object]$Scope
    )
    process { Invoke-Rsv 'Connect-AzAccount' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Get-AzSubscription {
    <#
    .SYNOPSIS
    Get one subscription, or list them.
    .PARAMETER SubscriptionId
    Only the subscription with this id.
    .PARAMETER SubscriptionName
    Only the subscription with this name.
    .PARAMETER TenantId
    Only subscriptions of this tenant.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter()]
        [object]$SubscriptionId,
        [Parameter()]
        [object]$SubscriptionName,
        [Parameter()]
        [object]$TenantId
    )
    process { Invoke-Rsv 'Get-AzSubscription' $PSBoundParameters $PSCmdlet '' }
}

function Get-AzContext {
    <#
    .SYNOPSIS
    Show the account and subscription that cmdlets work in.
    .PARAMETER Name
    Name of a context.
    .PARAMETER ListAvailable
    One for each subscription.
    .PARAMETER RefreshContextFromTokenCache
    Not supported: there are no tokens: contexts come from the home.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter(Position = 0)]
        [object]$Name,
        [Parameter()]
        [switch]$ListAvailable,
        [Parameter(DontShow = $true)]
        [switch]$RefreshContextFromTokenCache
    )
    process { Invoke-Rsv 'Get-AzContext' $PSBoundParameters $PSCmdlet '' }
}

function Set-AzContext {
    <#
    .SYNOPSIS
    Choose the subscription that cmdlets work in.
    .PARAMETER Subscription
    Subscription: id or name.
    .PARAMETER Tenant
    Tenant: id.
    .PARAMETER Context
    A context: JSON object, @file or -.
    .PARAMETER Force
    Do not ask.
    .PARAMETER ExtendedProperty
    Not supported: contexts have no further properties here.
    .PARAMETER Name
    Not supported: contexts are named by their subscription.
    .PARAMETER Scope
    Not supported: contexts belong to the home; RSV_SUBSCRIPTION sets one for a process.
    .PARAMETER TenantObject
    Not supported: a home has one tenant: give -Subscription.
    .PARAMETER SubscriptionObject
    Not supported: give -Subscription, or -Context with an object.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Position = 0)]
        [Alias('SubscriptionId', 'SubscriptionName')]
        [object]$Subscription,
        [Parameter()]
        [Alias('Domain', 'TenantId')]
        [object]$Tenant,
        [Parameter(ValueFromPipeline = $true)]
        [object]$Context,
        [Parameter()]
        [switch]$Force,
        [Parameter(DontShow = $true)]
        [object]$ExtendedProperty,
        [Parameter(DontShow = $true)]
        [object]$Name,
        [Parameter(DontShow = $true)]
        [object]$Scope,
        [Parameter(DontShow = $true)]
        [object]$TenantObject,
        [Parameter(DontShow = $true)]
        [object]$SubscriptionObject
    )
    process { Invoke-Rsv 'Set-AzContext' $PSBoundParameters $PSCmdlet 'Medium' }
}

function New-AzResourceGroup {
    <#
    .SYNOPSIS
    Create a resource group, or update its tags.
    .PARAMETER Name
    Name: 1-90 letters, digits, '-', '_', '.', '(' or ')'.
    .PARAMETER Location
    Region.
    .PARAMETER Tag
    Tags, as name=value.
    .PARAMETER Force
    Do not ask before updating a group that exists.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true, Position = 0)]
        [Alias('ResourceGroupName')]
        [object]$Name,
        [Parameter(Mandatory = $true, Position = 1)]
        [object]$Location,
        [Parameter()]
        [Alias('Tags')]
        [object[]]$Tag,
        [Parameter()]
        [switch]$Force
    )
    process { Invoke-Rsv 'New-AzResourceGroup' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Get-AzResourceGroup {
    <#
    .SYNOPSIS
    Get one resource group, or list them.
    .PARAMETER Name
    Name; with wildcards, or without a name: a list.
    .PARAMETER Location
    Only groups in this region.
    .PARAMETER Id
    Id of the group.
    .PARAMETER Tag
    Only groups that carry these tags, as name=value.
    .PARAMETER ExpandProperties
    Not supported: every property is always there.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter(Position = 0)]
        [Alias('ResourceGroupName')]
        [object]$Name,
        [Parameter(Position = 1)]
        [object]$Location,
        [Parameter()]
        [Alias('ResourceGroupId', 'ResourceId')]
        [object]$Id,
        [Parameter()]
        [object[]]$Tag,
        [Parameter(DontShow = $true)]
        [object]$ExpandProperties
    )
    process { Invoke-Rsv 'Get-AzResourceGroup' $PSBoundParameters $PSCmdlet '' }
}

function Get-AzResource {
    <#
    .SYNOPSIS
    Get one resource of any kind with its properties, or list them.
    .PARAMETER ResourceId
    Id of the resource, or the resource itself: JSON object, @file or -.
    .PARAMETER Name
    Name; with wildcards, or without a name: a list.
    .PARAMETER ResourceType
    Provider and type, such as Microsoft.KeyVault/vaults.
    .PARAMETER ResourceGroupName
    Resource group.
    .PARAMETER Tag
    Only resources that carry these tags, as name=value.
    .PARAMETER TagName
    Only resources that carry a tag with this name.
    .PARAMETER TagValue
    Only resources that carry a tag with this value.
    .PARAMETER ExpandProperties
    Fill Properties in lists too; one resource by its id always has them.
    .PARAMETER ODataQuery
    Not supported: filter with the other parameters and -Query.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter()]
        [Alias('Id')]
        [object]$ResourceId,
        [Parameter()]
        [Alias('ResourceName')]
        [object]$Name,
        [Parameter()]
        [object]$ResourceType,
        [Parameter()]
        [object]$ResourceGroupName,
        [Parameter()]
        [object[]]$Tag,
        [Parameter()]
        [object]$TagName,
        [Parameter()]
        [object]$TagValue,
        [Parameter()]
        [switch]$ExpandProperties,
        [Parameter(DontShow = $true)]
        [object]$ODataQuery
    )
    process { Invoke-Rsv 'Get-AzResource' $PSBoundParameters $PSCmdlet '' }
}

function Set-AzResource {
    <#
    .SYNOPSIS
    Change the properties of a key vault, or the tags of a resource.
    .PARAMETER ResourceId
    Id of the resource, or the resource itself: JSON object, @file or -.
    .PARAMETER InputObject
    The resource as it is to be: JSON object, @file or -.
    .PARAMETER ResourceName
    Name of the resource.
    .PARAMETER ResourceType
    Provider and type, such as Microsoft.KeyVault/vaults.
    .PARAMETER ResourceGroupName
    Resource group.
    .PARAMETER Properties
    All properties: JSON object, @file, - or '@{name="value"}'.
    .PARAMETER UsePatchSemantics
    Change only the properties that are given.
    .PARAMETER Tag
    Tags, as name=value; they replace the ones before.
    .PARAMETER Force
    Do not ask.
    .PARAMETER Kind
    Not supported: it is set when the resource is made and never changes.
    .PARAMETER Sku
    Not supported: it is set when the resource is made and never changes.
    .PARAMETER SkuObject
    Not supported: it is set when the resource is made and never changes.
    .PARAMETER Plan
    Not supported: no resource of rsv has a plan.
    .PARAMETER PlanObject
    Not supported: no resource of rsv has a plan.
    .PARAMETER ExtensionResourceName
    Not supported: rsv keeps no extension resources.
    .PARAMETER ExtensionResourceType
    Not supported: rsv keeps no extension resources.
    .PARAMETER TenantLevel
    Not supported: every resource of rsv is in a resource group.
    .PARAMETER ODataQuery
    Not supported: one resource is changed at a time.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter()]
        [Alias('Id')]
        [object]$ResourceId,
        [Parameter(ValueFromPipeline = $true)]
        [object]$InputObject,
        [Parameter()]
        [Alias('Name')]
        [object]$ResourceName,
        [Parameter()]
        [object]$ResourceType,
        [Parameter()]
        [object]$ResourceGroupName,
        [Parameter()]
        [Alias('PropertyObject')]
        [object]$Properties,
        [Parameter()]
        [switch]$UsePatchSemantics,
        [Parameter()]
        [Alias('Tags')]
        [object[]]$Tag,
        [Parameter()]
        [switch]$Force,
        [Parameter(DontShow = $true)]
        [object]$Kind,
        [Parameter(DontShow = $true)]
        [object]$Sku,
        [Parameter(DontShow = $true)]
        [object]$SkuObject,
        [Parameter(DontShow = $true)]
        [object]$Plan,
        [Parameter(DontShow = $true)]
        [object]$PlanObject,
        [Parameter(DontShow = $true)]
        [object]$ExtensionResourceName,
        [Parameter(DontShow = $true)]
        [object]$ExtensionResourceType,
        [Parameter(DontShow = $true)]
        [switch]$TenantLevel,
        [Parameter(DontShow = $true)]
        [object]$ODataQuery
    )
    process { Invoke-Rsv 'Set-AzResource' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Move-AzResource {
    <#
    .SYNOPSIS
    Move resources to another resource group or subscription.
    .PARAMETER DestinationResourceGroupName
    Resource group that they go to.
    .PARAMETER DestinationSubscriptionId
    Subscription of that group; absent: the context's.
    .PARAMETER ResourceId
    Ids of the resources, all of one group.
    .PARAMETER Force
    Do not ask.
    .PARAMETER ApiVersion
    Not supported: there is no service whose versions differ.
    .PARAMETER Pre
    Not supported: there is no service whose versions differ.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true)]
        [Alias('TargetResourceGroup')]
        [object]$DestinationResourceGroupName,
        [Parameter()]
        [Alias('Id', 'SubscriptionId')]
        [object]$DestinationSubscriptionId,
        [Parameter(Mandatory = $true)]
        [object[]]$ResourceId,
        [Parameter()]
        [switch]$Force,
        [Parameter(DontShow = $true)]
        [object]$ApiVersion,
        [Parameter(DontShow = $true)]
        [object]$Pre
    )
    process { Invoke-Rsv 'Move-AzResource' $PSBoundParameters $PSCmdlet 'Medium' }
}

function New-AzRecoveryServicesVault {
    <#
    .SYNOPSIS
    Create a Recovery Services vault.
    .PARAMETER Name
    Name of the vault: 2-50 letters, digits or '-', starting with a letter.
    .PARAMETER ResourceGroupName
    Resource group.
    .PARAMETER Location
    Region.
    .PARAMETER Tag
    Tags, as name=value.
    .PARAMETER DisableClassicAlerts
    true: classic alerts off; needs the other alert parameter too.
    .PARAMETER DisableAzureMonitorAlertsForJobFailure
    false: Azure Monitor alerts on; needs the other alert parameter too.
    .PARAMETER PublicNetworkAccess
    Public endpoint.
    .PARAMETER ImmutabilityState
    Immutability to start with.
    .PARAMETER Path
    Folder for the vault's data (of rsv: another disk than the home's, say).
    .PARAMETER CompressionLevel
    zstd level of new backup data, 1-19 (of rsv): more is smaller and slower; absent: 3.
    .PARAMETER CostManagementGranularity
    Not supported: rsv costs nothing, so there is nothing to account.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true)]
        [object]$Name,
        [Parameter(Mandatory = $true)]
        [object]$ResourceGroupName,
        [Parameter(Mandatory = $true)]
        [object]$Location,
        [Parameter()]
        [object[]]$Tag,
        [Parameter()]
        [object]$DisableClassicAlerts,
        [Parameter()]
        [object]$DisableAzureMonitorAlertsForJobFailure,
        [Parameter()]
        [ValidateSet('Enabled', 'Disabled')]
        [object]$PublicNetworkAccess,
        [Parameter()]
        [ValidateSet('Disabled', 'Unlocked')]
        [object]$ImmutabilityState,
        [Parameter()]
        [object]$Path,
        [Parameter()]
        [object]$CompressionLevel,
        [Parameter(DontShow = $true)]
        [object]$CostManagementGranularity
    )
    process { Invoke-Rsv 'New-AzRecoveryServicesVault' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Get-AzRecoveryServicesVault {
    <#
    .SYNOPSIS
    Get one Recovery Services vault, or list them.
    .PARAMETER ResourceGroupName
    Resource group.
    .PARAMETER Name
    Name of the vault; a name without wildcards must exist.
    .PARAMETER Tag
    Only vaults that carry these tags, as name=value.
    .PARAMETER TagName
    Only vaults with a tag of this name.
    .PARAMETER TagValue
    Only vaults with a tag of this value.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter(Position = 1)]
        [object]$ResourceGroupName,
        [Parameter(Position = 2)]
        [object]$Name,
        [Parameter()]
        [object[]]$Tag,
        [Parameter()]
        [object]$TagName,
        [Parameter()]
        [object]$TagValue
    )
    process { Invoke-Rsv 'Get-AzRecoveryServicesVault' $PSBoundParameters $PSCmdlet '' }
}

function Update-AzRecoveryServicesVault {
    <#
    .SYNOPSIS
    Turn a vault's managed identity on or off, or change its switches.
    .PARAMETER ResourceGroupName
    Resource group.
    .PARAMETER Name
    Name of the vault.
    .PARAMETER VaultId
    The vault (the form of Microsoft's document; the real cmdlet has no such parameter).
    .PARAMETER IdentityType
    Identity to turn on; None drops every identity.
    .PARAMETER IdentityId
    Ids or names of the user-assigned identities to attach or detach.
    .PARAMETER RemoveUserAssigned
    Detach the identities of -IdentityId.
    .PARAMETER RemoveSystemAssigned
    Drop the vault's own identity.
    .PARAMETER DisableClassicAlerts
    true: classic alerts off.
    .PARAMETER DisableAzureMonitorAlertsForJobFailure
    false: Azure Monitor alerts on.
    .PARAMETER PublicNetworkAccess
    Public endpoint.
    .PARAMETER ImmutabilityState
    Immutability; Locked is for ever and only from Unlocked (R127).
    .PARAMETER CrossSubscriptionRestoreState
    Cross-subscription restore; PermanentlyDisabled is for ever.
    .PARAMETER CompressionLevel
    zstd level of new backup data, 1-19 (of rsv): more is smaller and slower; 3 unless set.
    .PARAMETER DisableEmailNotificationsForSiteRecovery
    Not supported: rsv has no Site Recovery (R7).
    .PARAMETER DisableAzureMonitorAlertsForAllReplicationIssue
    Not supported: rsv has no Site Recovery (R7).
    .PARAMETER DisableAzureMonitorAlertsForAllFailoverIssue
    Not supported: rsv has no Site Recovery (R7).
    .PARAMETER CostManagementGranularity
    Not supported: rsv costs nothing, so there is nothing to account.
    .PARAMETER Token
    Not supported: Resource Guards (multi-user authorization) are not in rsv yet.
    .PARAMETER SecureToken
    Not supported: Resource Guards (multi-user authorization) are not in rsv yet.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Position = 1)]
        [object]$ResourceGroupName,
        [Parameter(Position = 2)]
        [object]$Name,
        [Parameter()]
        [object]$VaultId,
        [Parameter()]
        [ValidateSet('SystemAssigned', 'None', 'UserAssigned')]
        [object]$IdentityType,
        [Parameter()]
        [object[]]$IdentityId,
        [Parameter()]
        [switch]$RemoveUserAssigned,
        [Parameter()]
        [switch]$RemoveSystemAssigned,
        [Parameter()]
        [object]$DisableClassicAlerts,
        [Parameter()]
        [object]$DisableAzureMonitorAlertsForJobFailure,
        [Parameter()]
        [ValidateSet('Enabled', 'Disabled')]
        [object]$PublicNetworkAccess,
        [Parameter()]
        [ValidateSet('Disabled', 'Unlocked', 'Locked')]
        [object]$ImmutabilityState,
        [Parameter()]
        [ValidateSet('Enabled', 'Disabled', 'PermanentlyDisabled')]
        [object]$CrossSubscriptionRestoreState,
        [Parameter()]
        [object]$CompressionLevel,
        [Parameter(DontShow = $true)]
        [object]$DisableEmailNotificationsForSiteRecovery,
        [Parameter(DontShow = $true)]
        [object]$DisableAzureMonitorAlertsForAllReplicationIssue,
        [Parameter(DontShow = $true)]
        [object]$DisableAzureMonitorAlertsForAllFailoverIssue,
        [Parameter(DontShow = $true)]
        [object]$CostManagementGranularity,
        [Parameter(DontShow = $true)]
        [object]$Token,
        [Parameter(DontShow = $true)]
        [object]$SecureToken
    )
    process { Invoke-Rsv 'Update-AzRecoveryServicesVault' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Remove-AzRecoveryServicesVault {
    <#
    .SYNOPSIS
    Delete an empty Recovery Services vault; with soft delete it can be recovered for its days.
    .PARAMETER Vault
    The vault: id, name, JSON object, @file or -.
    .PARAMETER Force
    Do not ask.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'High', PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true, ValueFromPipeline = $true)]
        [object]$Vault,
        [Parameter()]
        [switch]$Force
    )
    process { Invoke-Rsv 'Remove-AzRecoveryServicesVault' $PSBoundParameters $PSCmdlet 'High' }
}

function Get-AzRecoveryServicesSoftDeletedVault {
    <#
    .SYNOPSIS
    List the deleted vaults of a region that can be recovered.
    .PARAMETER ResourceGroupName
    Resource group the vault was in.
    .PARAMETER Name
    Name of the deleted vault, or the one it had; a name without wildcards must exist.
    .PARAMETER Location
    Region.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter(Position = 1)]
        [object]$ResourceGroupName,
        [Parameter(Position = 2)]
        [object]$Name,
        [Parameter(Mandatory = $true, Position = 3)]
        [object]$Location
    )
    process { Invoke-Rsv 'Get-AzRecoveryServicesSoftDeletedVault' $PSBoundParameters $PSCmdlet '' }
}

function Undo-AzRecoveryServicesVaultDeletion {
    <#
    .SYNOPSIS
    Recover a deleted vault with its settings, policies and data.
    .PARAMETER ResourceGroupName
    Resource group the vault was in.
    .PARAMETER Name
    Name of the deleted vault, or the one it had.
    .PARAMETER Location
    Region.
    .PARAMETER Force
    Do not ask.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true, Position = 1)]
        [object]$ResourceGroupName,
        [Parameter(Mandatory = $true, Position = 2)]
        [object]$Name,
        [Parameter(Mandatory = $true, Position = 3)]
        [object]$Location,
        [Parameter()]
        [switch]$Force
    )
    process { Invoke-Rsv 'Undo-AzRecoveryServicesVaultDeletion' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Set-AzRecoveryServicesVaultProperty {
    <#
    .SYNOPSIS
    Encrypt a vault under a customer-managed key, or set soft delete.
    .PARAMETER VaultId
    The vault: id, name, JSON object, @file or -; absent: the vault context.
    .PARAMETER EncryptionKeyId
    Key identifier: with a version pinned, without one the newest is followed.
    .PARAMETER KeyVaultSubscriptionId
    Subscription of the key vault; absent: found by its name.
    .PARAMETER UseSystemAssignedIdentity
    true (the default): the vault's own identity uses the key; false: an attached one.
    .PARAMETER UserAssignedIdentity
    The attached identity that uses the key: id, name, JSON object, @file or -.
    .PARAMETER InfrastructureEncryption
    A second encryption layer under a platform key; with the first customer key or never.
    .PARAMETER SoftDeleteFeatureState
    Soft delete of backup data; AlwaysON is for ever.
    .PARAMETER SoftDeleteRetentionPeriodInDays
    Days deleted data is kept, 14-180.
    .PARAMETER DisableHybridBackupSecurityFeature
    false: hybrid backup security on.
    .PARAMETER Token
    Not supported: Resource Guards (multi-user authorization) are not in rsv yet.
    .PARAMETER SecureToken
    Not supported: Resource Guards (multi-user authorization) are not in rsv yet.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter()]
        [object]$VaultId,
        [Parameter()]
        [object]$EncryptionKeyId,
        [Parameter()]
        [object]$KeyVaultSubscriptionId,
        [Parameter()]
        [object]$UseSystemAssignedIdentity,
        [Parameter()]
        [object]$UserAssignedIdentity,
        [Parameter()]
        [switch]$InfrastructureEncryption,
        [Parameter()]
        [ValidateSet('Enable', 'Disable', 'AlwaysON')]
        [object]$SoftDeleteFeatureState,
        [Parameter()]
        [object]$SoftDeleteRetentionPeriodInDays,
        [Parameter()]
        [object]$DisableHybridBackupSecurityFeature,
        [Parameter(DontShow = $true)]
        [object]$Token,
        [Parameter(DontShow = $true)]
        [object]$SecureToken
    )
    process { Invoke-Rsv 'Set-AzRecoveryServicesVaultProperty' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Get-AzRecoveryServicesVaultProperty {
    <#
    .SYNOPSIS
    Show how a vault is encrypted, and its soft-delete settings.
    .PARAMETER VaultId
    The vault: id, name, JSON object, @file or -; absent: the vault context.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter()]
        [object]$VaultId
    )
    process { Invoke-Rsv 'Get-AzRecoveryServicesVaultProperty' $PSBoundParameters $PSCmdlet '' }
}

function Set-AzRecoveryServicesVaultContext {
    <#
    .SYNOPSIS
    Choose the vault that cmdlets use without -VaultId.
    .PARAMETER Vault
    The vault: id, name, JSON object, @file or -.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true, ValueFromPipeline = $true)]
        [object]$Vault
    )
    process { Invoke-Rsv 'Set-AzRecoveryServicesVaultContext' $PSBoundParameters $PSCmdlet 'Medium' }
}

function New-AzKeyVault {
    <#
    .SYNOPSIS
    Create a key vault.
    .PARAMETER Name
    Name: 3-24 letters, digits or '-'; unique in the home, as in all of Azure.
    .PARAMETER ResourceGroupName
    Resource group.
    .PARAMETER Location
    Region.
    .PARAMETER EnabledForDeployment
    Compute may read secrets.
    .PARAMETER EnabledForTemplateDeployment
    Resource Manager may read secrets.
    .PARAMETER EnabledForDiskEncryption
    Azure Disk Encryption may read secrets and unwrap keys.
    .PARAMETER EnablePurgeProtection
    Turn purge protection on; it cannot be turned off again.
    .PARAMETER EnableRbacAuthorization
    Role assignments count instead of access policies.
    .PARAMETER DisableRbacAuthorization
    Access policies count (the default here).
    .PARAMETER SoftDeleteRetentionInDays
    Days a deleted key is kept, 7-90; fixed from now on.
    .PARAMETER PublicNetworkAccess
    Public endpoint.
    .PARAMETER Sku
    Standard or Premium.
    .PARAMETER Tag
    Tags, as name=value.
    .PARAMETER SubscriptionId
    Subscription; absent: the context's.
    .PARAMETER NetworkRuleSet
    Not supported: a key vault on this machine has no network.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true, Position = 0)]
        [Alias('VaultName')]
        [object]$Name,
        [Parameter(Mandatory = $true, Position = 1)]
        [object]$ResourceGroupName,
        [Parameter(Mandatory = $true, Position = 2)]
        [object]$Location,
        [Parameter()]
        [switch]$EnabledForDeployment,
        [Parameter()]
        [switch]$EnabledForTemplateDeployment,
        [Parameter()]
        [switch]$EnabledForDiskEncryption,
        [Parameter()]
        [switch]$EnablePurgeProtection,
        [Parameter()]
        [switch]$EnableRbacAuthorization,
        [Parameter()]
        [switch]$DisableRbacAuthorization,
        [Parameter()]
        [object]$SoftDeleteRetentionInDays,
        [Parameter()]
        [ValidateSet('Enabled', 'Disabled')]
        [object]$PublicNetworkAccess,
        [Parameter()]
        [ValidateSet('Standard', 'Premium')]
        [object]$Sku,
        [Parameter()]
        [Alias('Tags')]
        [object[]]$Tag,
        [Parameter()]
        [object]$SubscriptionId,
        [Parameter(DontShow = $true)]
        [object]$NetworkRuleSet
    )
    process { Invoke-Rsv 'New-AzKeyVault' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Get-AzKeyVault {
    <#
    .SYNOPSIS
    Get one key vault, or list them.
    .PARAMETER VaultName
    Name; with wildcards, or without a name: a list.
    .PARAMETER ResourceGroupName
    Resource group.
    .PARAMETER Tag
    Only key vaults that carry these tags, as name=value.
    .PARAMETER SubscriptionId
    Subscription; absent: the context's.
    .PARAMETER InRemovedState
    Deleted key vaults instead, while they can be recovered.
    .PARAMETER Location
    Region of the deleted key vault.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter(Position = 0)]
        [Alias('Name')]
        [object]$VaultName,
        [Parameter(Position = 1)]
        [object]$ResourceGroupName,
        [Parameter()]
        [object[]]$Tag,
        [Parameter()]
        [object]$SubscriptionId,
        [Parameter()]
        [switch]$InRemovedState,
        [Parameter()]
        [object]$Location
    )
    process { Invoke-Rsv 'Get-AzKeyVault' $PSBoundParameters $PSCmdlet '' }
}

function Update-AzKeyVault {
    <#
    .SYNOPSIS
    Turn on purge protection, or change a key vault's settings.
    .PARAMETER VaultName
    Name of the key vault.
    .PARAMETER ResourceGroupName
    Resource group.
    .PARAMETER InputObject
    The key vault: id, name, JSON object, @file or -.
    .PARAMETER ResourceId
    Id of the key vault.
    .PARAMETER EnablePurgeProtection
    Turn purge protection on; it cannot be turned off again.
    .PARAMETER DisableRbacAuthorization
    true: access policies count; false: role assignments.
    .PARAMETER EnableRbacAuthorization
    true: role assignments count; false: access policies.
    .PARAMETER PublicNetworkAccess
    Public endpoint.
    .PARAMETER Tag
    Tags, as name=value; they replace the ones before.
    .PARAMETER SubscriptionId
    Not supported: key vault names are unique in a home: -VaultName is enough.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter()]
        [Alias('Name')]
        [object]$VaultName,
        [Parameter()]
        [object]$ResourceGroupName,
        [Parameter(ValueFromPipeline = $true)]
        [object]$InputObject,
        [Parameter()]
        [object]$ResourceId,
        [Parameter()]
        [switch]$EnablePurgeProtection,
        [Parameter()]
        [object]$DisableRbacAuthorization,
        [Parameter()]
        [object]$EnableRbacAuthorization,
        [Parameter()]
        [ValidateSet('Enabled', 'Disabled')]
        [object]$PublicNetworkAccess,
        [Parameter()]
        [Alias('Tags')]
        [object[]]$Tag,
        [Parameter(DontShow = $true)]
        [object]$SubscriptionId
    )
    process { Invoke-Rsv 'Update-AzKeyVault' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Set-AzKeyVaultAccessPolicy {
    <#
    .SYNOPSIS
    Set what a principal may do with the keys of a key vault.
    .PARAMETER VaultName
    Name of the key vault.
    .PARAMETER ResourceGroupName
    Resource group.
    .PARAMETER InputObject
    The key vault: id, name, JSON object, @file or -.
    .PARAMETER ResourceId
    Id of the key vault.
    .PARAMETER ObjectId
    Principal that gets the permissions.
    .PARAMETER UserPrincipalName
    Sign-in name of the account that gets the permissions.
    .PARAMETER ApplicationId
    Application it acts through.
    .PARAMETER PermissionsToKeys
    Permissions on keys; the list replaces the one before.
    .PARAMETER PermissionsToSecrets
    Permissions on secrets; kept and shown.
    .PARAMETER PermissionsToCertificates
    Permissions on certificates; kept and shown.
    .PARAMETER PermissionsToStorage
    Permissions on managed storage; kept and shown.
    .PARAMETER BypassObjectIdValidation
    Do not look the principal up: it is another tenant's.
    .PARAMETER EnabledForDeployment
    Compute may read secrets.
    .PARAMETER EnabledForTemplateDeployment
    Resource Manager may read secrets.
    .PARAMETER EnabledForDiskEncryption
    Azure Disk Encryption may read secrets and unwrap keys.
    .PARAMETER PassThru
    Print the key vault.
    .PARAMETER ServicePrincipalName
    Not supported: rsv has no directory of applications: use -ObjectId.
    .PARAMETER EmailAddress
    Not supported: rsv has no directory of users: use -UserPrincipalName or -ObjectId.
    .PARAMETER SubscriptionId
    Not supported: key vault names are unique in a home: -VaultName is enough.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Position = 0)]
        [object]$VaultName,
        [Parameter(Position = 1)]
        [object]$ResourceGroupName,
        [Parameter(ValueFromPipeline = $true)]
        [object]$InputObject,
        [Parameter()]
        [object]$ResourceId,
        [Parameter()]
        [object]$ObjectId,
        [Parameter()]
        [Alias('UPN')]
        [object]$UserPrincipalName,
        [Parameter()]
        [object]$ApplicationId,
        [Parameter()]
        [ValidateSet('all', 'get', 'list', 'update', 'create', 'import', 'delete', 'recover', 'backup', 'restore', 'decrypt', 'encrypt', 'unwrapKey', 'wrapKey', 'verify', 'sign', 'purge', 'release', 'rotate', 'getrotationpolicy', 'setrotationpolicy')]
        [object[]]$PermissionsToKeys,
        [Parameter()]
        [ValidateSet('all', 'get', 'list', 'set', 'delete', 'backup', 'restore', 'recover', 'purge')]
        [object[]]$PermissionsToSecrets,
        [Parameter()]
        [ValidateSet('all', 'get', 'list', 'delete', 'create', 'import', 'update', 'managecontacts', 'getissuers', 'listissuers', 'setissuers', 'deleteissuers', 'manageissuers', 'recover', 'backup', 'restore', 'purge')]
        [object[]]$PermissionsToCertificates,
        [Parameter()]
        [ValidateSet('all', 'get', 'list', 'delete', 'set', 'update', 'regeneratekey', 'getsas', 'listsas', 'deletesas', 'setsas', 'recover', 'backup', 'restore', 'purge')]
        [object[]]$PermissionsToStorage,
        [Parameter()]
        [switch]$BypassObjectIdValidation,
        [Parameter()]
        [switch]$EnabledForDeployment,
        [Parameter()]
        [switch]$EnabledForTemplateDeployment,
        [Parameter()]
        [switch]$EnabledForDiskEncryption,
        [Parameter()]
        [switch]$PassThru,
        [Parameter(DontShow = $true)]
        [object]$ServicePrincipalName,
        [Parameter(DontShow = $true)]
        [object]$EmailAddress,
        [Parameter(DontShow = $true)]
        [object]$SubscriptionId
    )
    process { Invoke-Rsv 'Set-AzKeyVaultAccessPolicy' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Remove-AzKeyVaultAccessPolicy {
    <#
    .SYNOPSIS
    Take a principal's permissions on a key vault away.
    .PARAMETER VaultName
    Name of the key vault.
    .PARAMETER ResourceGroupName
    Resource group.
    .PARAMETER InputObject
    The key vault: id, name, JSON object, @file or -.
    .PARAMETER ResourceId
    Id of the key vault.
    .PARAMETER ObjectId
    Principal that loses its permissions.
    .PARAMETER UserPrincipalName
    Sign-in name of the account that loses its permissions.
    .PARAMETER ApplicationId
    Only what it may do through this application.
    .PARAMETER EnabledForDeployment
    Compute may no longer read secrets.
    .PARAMETER EnabledForTemplateDeployment
    Resource Manager may no longer read secrets.
    .PARAMETER EnabledForDiskEncryption
    Azure Disk Encryption may no longer read secrets and unwrap keys.
    .PARAMETER PassThru
    Print the key vault.
    .PARAMETER ServicePrincipalName
    Not supported: rsv has no directory of applications: use -ObjectId.
    .PARAMETER EmailAddress
    Not supported: rsv has no directory of users: use -UserPrincipalName or -ObjectId.
    .PARAMETER SubscriptionId
    Not supported: key vault names are unique in a home: -VaultName is enough.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Position = 0)]
        [object]$VaultName,
        [Parameter(Position = 1)]
        [object]$ResourceGroupName,
        [Parameter(ValueFromPipeline = $true)]
        [object]$InputObject,
        [Parameter()]
        [object]$ResourceId,
        [Parameter()]
        [object]$ObjectId,
        [Parameter()]
        [Alias('UPN')]
        [object]$UserPrincipalName,
        [Parameter()]
        [object]$ApplicationId,
        [Parameter()]
        [switch]$EnabledForDeployment,
        [Parameter()]
        [switch]$EnabledForTemplateDeployment,
        [Parameter()]
        [switch]$EnabledForDiskEncryption,
        [Parameter()]
        [switch]$PassThru,
        [Parameter(DontShow = $true)]
        [object]$ServicePrincipalName,
        [Parameter(DontShow = $true)]
        [object]$EmailAddress,
        [Parameter(DontShow = $true)]
        [object]$SubscriptionId
    )
    process { Invoke-Rsv 'Remove-AzKeyVaultAccessPolicy' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Remove-AzKeyVault {
    <#
    .SYNOPSIS
    Delete a key vault so that it can be recovered, or purge a deleted one.
    .PARAMETER VaultName
    Name of the key vault.
    .PARAMETER ResourceGroupName
    Resource group.
    .PARAMETER Location
    Region; needed to name a deleted key vault.
    .PARAMETER InputObject
    The key vault, or with -InRemovedState the deleted one: id, name, JSON object, @file or -.
    .PARAMETER ResourceId
    Id of the key vault.
    .PARAMETER InRemovedState
    Purge a deleted key vault: its private keys are destroyed, and nothing they wrap opens again.
    .PARAMETER Force
    Do not ask; with -InRemovedState also destroy keys that are still needed.
    .PARAMETER PassThru
    Print True.
    .PARAMETER SubscriptionId
    Not supported: key vault names are unique in a home: -VaultName is enough.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'High', PositionalBinding = $false)]
    param(
        [Parameter(Position = 0)]
        [Alias('Name')]
        [object]$VaultName,
        [Parameter(Position = 1)]
        [object]$ResourceGroupName,
        [Parameter(Position = 2)]
        [object]$Location,
        [Parameter(ValueFromPipeline = $true)]
        [object]$InputObject,
        [Parameter()]
        [object]$ResourceId,
        [Parameter()]
        [switch]$InRemovedState,
        [Parameter()]
        [switch]$Force,
        [Parameter()]
        [switch]$PassThru,
        [Parameter(DontShow = $true)]
        [object]$SubscriptionId
    )
    process { Invoke-Rsv 'Remove-AzKeyVault' $PSBoundParameters $PSCmdlet 'High' }
}

function Undo-AzKeyVaultRemoval {
    <#
    .SYNOPSIS
    Recover a deleted key vault with its keys and access policies.
    .PARAMETER VaultName
    Name of the key vault.
    .PARAMETER ResourceGroupName
    Resource group.
    .PARAMETER Location
    Region.
    .PARAMETER InputObject
    The deleted key vault: JSON object, @file or -.
    .PARAMETER Tag
    Tags, as name=value; they replace the ones before.
    .PARAMETER SubscriptionId
    Not supported: key vault names are unique in a home: -VaultName is enough.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Position = 0)]
        [object]$VaultName,
        [Parameter(Position = 1)]
        [object]$ResourceGroupName,
        [Parameter(Position = 2)]
        [object]$Location,
        [Parameter(ValueFromPipeline = $true)]
        [object]$InputObject,
        [Parameter()]
        [object[]]$Tag,
        [Parameter(DontShow = $true)]
        [object]$SubscriptionId
    )
    process { Invoke-Rsv 'Undo-AzKeyVaultRemoval' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Test-AzKeyVaultNameAvailability {
    <#
    .SYNOPSIS
    Say whether a key vault name is free; a deleted one holds its.
    .PARAMETER Name
    The name.
    .PARAMETER SubscriptionId
    Not supported: key vault names are unique in a home, whatever the subscription.
    .PARAMETER JsonFilePath
    Not supported: it asks for a name only: -Name says it.
    .PARAMETER JsonString
    Not supported: it asks for a name only: -Name says it.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true)]
        [object]$Name,
        [Parameter(DontShow = $true)]
        [object]$SubscriptionId,
        [Parameter(DontShow = $true)]
        [object]$JsonFilePath,
        [Parameter(DontShow = $true)]
        [object]$JsonString
    )
    process { Invoke-Rsv 'Test-AzKeyVaultNameAvailability' $PSBoundParameters $PSCmdlet '' }
}

function Add-AzKeyVaultKey {
    <#
    .SYNOPSIS
    Make an RSA key in a key vault, or a new version of one.
    .PARAMETER VaultName
    Name of the key vault.
    .PARAMETER InputObject
    The key vault: id, name, JSON object, @file or -.
    .PARAMETER ResourceId
    Id of the key vault.
    .PARAMETER Name
    Name of the key: 1-127 letters, digits or '-'; of an existing one: a new version.
    .PARAMETER Destination
    Where the key lives; rsv has software keys.
    .PARAMETER KeyType
    Kind of key; rsv has RSA.
    .PARAMETER Size
    Size in bits: 2048, 3072 or 4096.
    .PARAMETER Disable
    Make it disabled.
    .PARAMETER KeyOps
    Operations it allows; absent: all.
    .PARAMETER Expires
    Not valid from then on (UTC).
    .PARAMETER NotBefore
    Not valid before (UTC).
    .PARAMETER Tag
    Tags, as name=value.
    .PARAMETER KeyFilePath
    Not supported: importing keys is not in rsv yet.
    .PARAMETER KeyFilePassword
    Not supported: importing keys is not in rsv yet.
    .PARAMETER CurveName
    Not supported: Backup takes RSA keys only, and RSA keys have no curve.
    .PARAMETER HsmName
    Not supported: managed HSMs are not in rsv.
    .PARAMETER HsmObject
    Not supported: managed HSMs are not in rsv.
    .PARAMETER HsmResourceId
    Not supported: managed HSMs are not in rsv.
    .PARAMETER Exportable
    Not supported: private keys never leave a local key vault in the clear.
    .PARAMETER Immutable
    Not supported: release policies apply to exportable keys, which rsv has not.
    .PARAMETER ReleasePolicyPath
    Not supported: release policies apply to exportable keys, which rsv has not.
    .PARAMETER UseDefaultCVMPolicy
    Not supported: release policies apply to exportable keys, which rsv has not.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Position = 0)]
        [object]$VaultName,
        [Parameter(ValueFromPipeline = $true)]
        [object]$InputObject,
        [Parameter()]
        [object]$ResourceId,
        [Parameter(Mandatory = $true, Position = 1)]
        [Alias('KeyName')]
        [object]$Name,
        [Parameter(Mandatory = $true)]
        [ValidateSet('software', 'HSM')]
        [object]$Destination,
        [Parameter()]
        [ValidateSet('RSA', 'EC', 'oct')]
        [object]$KeyType,
        [Parameter()]
        [object]$Size,
        [Parameter()]
        [switch]$Disable,
        [Parameter()]
        [ValidateSet('encrypt', 'decrypt', 'sign', 'verify', 'wrapKey', 'unwrapKey', 'import')]
        [object[]]$KeyOps,
        [Parameter()]
        [object]$Expires,
        [Parameter()]
        [object]$NotBefore,
        [Parameter()]
        [Alias('Tags')]
        [object[]]$Tag,
        [Parameter(DontShow = $true)]
        [object]$KeyFilePath,
        [Parameter(DontShow = $true)]
        [object]$KeyFilePassword,
        [Parameter(DontShow = $true)]
        [object]$CurveName,
        [Parameter(DontShow = $true)]
        [object]$HsmName,
        [Parameter(DontShow = $true)]
        [object]$HsmObject,
        [Parameter(DontShow = $true)]
        [object]$HsmResourceId,
        [Parameter(DontShow = $true)]
        [switch]$Exportable,
        [Parameter(DontShow = $true)]
        [switch]$Immutable,
        [Parameter(DontShow = $true)]
        [object]$ReleasePolicyPath,
        [Parameter(DontShow = $true)]
        [object]$UseDefaultCVMPolicy
    )
    process { Invoke-Rsv 'Add-AzKeyVaultKey' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Get-AzKeyVaultKey {
    <#
    .SYNOPSIS
    Get a key or its versions, or list the keys of a key vault.
    .PARAMETER VaultName
    Name of the key vault.
    .PARAMETER InputObject
    The key vault: id, name, JSON object, @file or -.
    .PARAMETER ResourceId
    Id of the key vault.
    .PARAMETER Name
    Name of the key; with wildcards, or without a name: a list.
    .PARAMETER Version
    One version.
    .PARAMETER IncludeVersions
    All versions, newest first.
    .PARAMETER OutFile
    Write the public key to this file (PEM).
    .PARAMETER InRemovedState
    Deleted keys instead, while they can be recovered.
    .PARAMETER HsmName
    Not supported: managed HSMs are not in rsv.
    .PARAMETER HsmObject
    Not supported: managed HSMs are not in rsv.
    .PARAMETER HsmResourceId
    Not supported: managed HSMs are not in rsv.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter(Position = 0)]
        [object]$VaultName,
        [Parameter(ValueFromPipeline = $true)]
        [object]$InputObject,
        [Parameter()]
        [object]$ResourceId,
        [Parameter(Position = 1)]
        [Alias('KeyName')]
        [object]$Name,
        [Parameter(Position = 2)]
        [Alias('KeyVersion')]
        [object]$Version,
        [Parameter()]
        [switch]$IncludeVersions,
        [Parameter()]
        [object]$OutFile,
        [Parameter()]
        [switch]$InRemovedState,
        [Parameter(DontShow = $true)]
        [object]$HsmName,
        [Parameter(DontShow = $true)]
        [object]$HsmObject,
        [Parameter(DontShow = $true)]
        [object]$HsmResourceId
    )
    process { Invoke-Rsv 'Get-AzKeyVaultKey' $PSBoundParameters $PSCmdlet '' }
}

function Update-AzKeyVaultKey {
    <#
    .SYNOPSIS
    Enable or disable a key version, or change its dates.
    .PARAMETER VaultName
    Name of the key vault.
    .PARAMETER Name
    Name of the key.
    .PARAMETER InputObject
    The key: JSON object, key identifier, @file or -.
    .PARAMETER Version
    Version; absent: the newest.
    .PARAMETER Enable
    true: enable; false: disable.
    .PARAMETER Expires
    Not valid from then on (UTC).
    .PARAMETER NotBefore
    Not valid before (UTC).
    .PARAMETER KeyOps
    Operations it allows from now on.
    .PARAMETER Tag
    Tags, as name=value; they replace the ones before.
    .PARAMETER PassThru
    Print the key.
    .PARAMETER HsmName
    Not supported: managed HSMs are not in rsv.
    .PARAMETER Immutable
    Not supported: release policies apply to exportable keys, which rsv has not.
    .PARAMETER ReleasePolicyPath
    Not supported: release policies apply to exportable keys, which rsv has not.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Position = 0)]
        [object]$VaultName,
        [Parameter(Position = 1)]
        [Alias('KeyName')]
        [object]$Name,
        [Parameter(ValueFromPipeline = $true)]
        [object]$InputObject,
        [Parameter(Position = 2)]
        [Alias('KeyVersion')]
        [object]$Version,
        [Parameter()]
        [object]$Enable,
        [Parameter()]
        [object]$Expires,
        [Parameter()]
        [object]$NotBefore,
        [Parameter()]
        [ValidateSet('encrypt', 'decrypt', 'sign', 'verify', 'wrapKey', 'unwrapKey')]
        [object[]]$KeyOps,
        [Parameter()]
        [Alias('Tags')]
        [object[]]$Tag,
        [Parameter()]
        [switch]$PassThru,
        [Parameter(DontShow = $true)]
        [object]$HsmName,
        [Parameter(DontShow = $true)]
        [switch]$Immutable,
        [Parameter(DontShow = $true)]
        [object]$ReleasePolicyPath
    )
    process { Invoke-Rsv 'Update-AzKeyVaultKey' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Remove-AzKeyVaultKey {
    <#
    .SYNOPSIS
    Delete a key so that it can be recovered, or purge a deleted one.
    .PARAMETER VaultName
    Name of the key vault.
    .PARAMETER Name
    Name of the key.
    .PARAMETER InputObject
    The key: JSON object, key identifier, @file or -.
    .PARAMETER InRemovedState
    Purge a deleted key: its private key is destroyed, and nothing it wraps opens again.
    .PARAMETER Force
    Do not ask; with -InRemovedState also destroy a key that is still needed.
    .PARAMETER PassThru
    Print the deleted key.
    .PARAMETER HsmName
    Not supported: managed HSMs are not in rsv.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'High', PositionalBinding = $false)]
    param(
        [Parameter(Position = 0)]
        [object]$VaultName,
        [Parameter(Position = 1)]
        [Alias('KeyName')]
        [object]$Name,
        [Parameter(ValueFromPipeline = $true)]
        [Alias('Key')]
        [object]$InputObject,
        [Parameter()]
        [switch]$InRemovedState,
        [Parameter()]
        [switch]$Force,
        [Parameter()]
        [switch]$PassThru,
        [Parameter(DontShow = $true)]
        [object]$HsmName
    )
    process { Invoke-Rsv 'Remove-AzKeyVaultKey' $PSBoundParameters $PSCmdlet 'High' }
}

function Undo-AzKeyVaultKeyRemoval {
    <#
    .SYNOPSIS
    Recover a deleted key.
    .PARAMETER VaultName
    Name of the key vault.
    .PARAMETER Name
    Name of the key.
    .PARAMETER InputObject
    The key: JSON object, key identifier, @file or -.
    .PARAMETER HsmName
    Not supported: managed HSMs are not in rsv.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Position = 0)]
        [object]$VaultName,
        [Parameter(Position = 1)]
        [Alias('KeyName')]
        [object]$Name,
        [Parameter(ValueFromPipeline = $true)]
        [Alias('Key')]
        [object]$InputObject,
        [Parameter(DontShow = $true)]
        [object]$HsmName
    )
    process { Invoke-Rsv 'Undo-AzKeyVaultKeyRemoval' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Invoke-AzKeyVaultKeyRotation {
    <#
    .SYNOPSIS
    Make a new version of a key now, as its rotation policy says.
    .PARAMETER VaultName
    Name of the key vault.
    .PARAMETER Name
    Name of the key.
    .PARAMETER InputObject
    The key: JSON object, key identifier, @file or -.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Position = 0)]
        [object]$VaultName,
        [Parameter(Position = 1)]
        [Alias('KeyName')]
        [object]$Name,
        [Parameter(ValueFromPipeline = $true)]
        [Alias('Key')]
        [object]$InputObject
    )
    process { Invoke-Rsv 'Invoke-AzKeyVaultKeyRotation' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Get-AzKeyVaultKeyRotationPolicy {
    <#
    .SYNOPSIS
    Show the rotation policy of a key, and when a rotation is due.
    .PARAMETER VaultName
    Name of the key vault.
    .PARAMETER Name
    Name of the key.
    .PARAMETER InputObject
    The key: JSON object, key identifier, @file or -.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter(Position = 0)]
        [object]$VaultName,
        [Parameter(Position = 1)]
        [Alias('KeyName')]
        [object]$Name,
        [Parameter(ValueFromPipeline = $true)]
        [Alias('Key')]
        [object]$InputObject
    )
    process { Invoke-Rsv 'Get-AzKeyVaultKeyRotationPolicy' $PSBoundParameters $PSCmdlet '' }
}

function Set-AzKeyVaultKeyRotationPolicy {
    <#
    .SYNOPSIS
    Say how long versions of a key live and when a new one is due (nothing rotates by itself).
    .PARAMETER VaultName
    Name of the key vault.
    .PARAMETER Name
    Name of the key.
    .PARAMETER InputObject
    The key: JSON object, key identifier, @file or -.
    .PARAMETER KeyRotationPolicy
    A whole policy, as Get-AzKeyVaultKeyRotationPolicy prints it: JSON object, @file or -.
    .PARAMETER ExpiresIn
    How long new versions live: an ISO 8601 period of at least P28D.
    .PARAMETER KeyRotationLifetimeAction
    An action and its trigger, as @{Action='Rotate';TimeAfterCreate='P18M'} or JSON; a rotation that is due is shown, and done by Invoke-AzKeyVaultKeyRotation.
    .PARAMETER PolicyPath
    JSON file with lifetimeActions and attributes.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Position = 0)]
        [object]$VaultName,
        [Parameter(Position = 1)]
        [Alias('KeyName')]
        [object]$Name,
        [Parameter(ValueFromPipeline = $true)]
        [Alias('Key')]
        [object]$InputObject,
        [Parameter()]
        [object]$KeyRotationPolicy,
        [Parameter()]
        [object]$ExpiresIn,
        [Parameter()]
        [object[]]$KeyRotationLifetimeAction,
        [Parameter()]
        [object]$PolicyPath
    )
    process { Invoke-Rsv 'Set-AzKeyVaultKeyRotationPolicy' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Backup-AzKeyVaultKey {
    <#
    .SYNOPSIS
    Write all versions of a key to a sealed file that only this installation opens, or under a passphrase (-Portable) any other one too.
    .PARAMETER VaultName
    Name of the key vault.
    .PARAMETER Name
    Name of the key.
    .PARAMETER InputObject
    The key: JSON object, key identifier, @file or -.
    .PARAMETER OutputFile
    File to write; absent: {vault}-{key}-{Unix time} in the current folder.
    .PARAMETER Portable
    Seal it under a passphrase, so that it opens in any home (of rsv).
    .PARAMETER BackupPassphraseFile
    File or pipe with the passphrase of -Portable; absent: the terminal is asked.
    .PARAMETER BackupPassphraseFd
    Open descriptor with the passphrase of -Portable.
    .PARAMETER Force
    Overwrite the file.
    .PARAMETER HsmName
    Not supported: managed HSMs are not in rsv.
    .PARAMETER Passphrase
    Not supported: a passphrase is never a parameter's value: -Portable asks for it, or -BackupPassphraseFile names its file.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Position = 0)]
        [object]$VaultName,
        [Parameter(Position = 1)]
        [Alias('KeyName')]
        [object]$Name,
        [Parameter(ValueFromPipeline = $true)]
        [Alias('Key')]
        [object]$InputObject,
        [Parameter(Position = 2)]
        [object]$OutputFile,
        [Parameter()]
        [switch]$Portable,
        [Parameter()]
        [object]$BackupPassphraseFile,
        [Parameter()]
        [object]$BackupPassphraseFd,
        [Parameter()]
        [switch]$Force,
        [Parameter(DontShow = $true)]
        [object]$HsmName,
        [Parameter(DontShow = $true)]
        [object]$Passphrase
    )
    process { Invoke-Rsv 'Backup-AzKeyVaultKey' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Restore-AzKeyVaultKey {
    <#
    .SYNOPSIS
    Bring a key back from a file of Backup-AzKeyVaultKey.
    .PARAMETER VaultName
    Name of the key vault.
    .PARAMETER InputObject
    The key vault: id, name, JSON object, @file or -.
    .PARAMETER ResourceId
    Id of the key vault.
    .PARAMETER InputFile
    File that Backup-AzKeyVaultKey wrote in this installation, or anywhere with -Portable.
    .PARAMETER BackupPassphraseFile
    File or pipe with the passphrase of a portable backup; absent: the terminal is asked.
    .PARAMETER BackupPassphraseFd
    Open descriptor with the passphrase of a portable backup.
    .PARAMETER HsmName
    Not supported: managed HSMs are not in rsv.
    .PARAMETER HsmObject
    Not supported: managed HSMs are not in rsv.
    .PARAMETER HsmResourceId
    Not supported: managed HSMs are not in rsv.
    .PARAMETER Passphrase
    Not supported: a passphrase is never a parameter's value: rsv asks for it, or -BackupPassphraseFile names its file.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Position = 0)]
        [object]$VaultName,
        [Parameter(ValueFromPipeline = $true)]
        [object]$InputObject,
        [Parameter()]
        [object]$ResourceId,
        [Parameter(Mandatory = $true, Position = 1)]
        [object]$InputFile,
        [Parameter()]
        [object]$BackupPassphraseFile,
        [Parameter()]
        [object]$BackupPassphraseFd,
        [Parameter(DontShow = $true)]
        [object]$HsmName,
        [Parameter(DontShow = $true)]
        [object]$HsmObject,
        [Parameter(DontShow = $true)]
        [object]$HsmResourceId,
        [Parameter(DontShow = $true)]
        [object]$Passphrase
    )
    process { Invoke-Rsv 'Restore-AzKeyVaultKey' $PSBoundParameters $PSCmdlet 'Medium' }
}

function New-AzRecoveryServicesBackupProtectionPolicy {
    <#
    .SYNOPSIS
    Create a backup policy: its values are kept, nothing runs by itself.
    .PARAMETER Name
    Name: 3-150 letters, digits or '-', starting with a letter.
    .PARAMETER WorkloadType
    Kind of workload.
    .PARAMETER BackupManagementType
    Kind of management.
    .PARAMETER RetentionPolicy
    How long recovery points are kept: JSON object, @file or -.
    .PARAMETER SchedulePolicy
    When backups run: JSON object, @file or -.
    .PARAMETER VaultId
    The vault: id, name, JSON object, @file or -; absent: the vault context.
    .PARAMETER MoveToArchiveTier
    Not supported: there is no archive tier in rsv.
    .PARAMETER TieringMode
    Not supported: there is no archive tier in rsv.
    .PARAMETER TierAfterDuration
    Not supported: there is no archive tier in rsv.
    .PARAMETER TierAfterDurationType
    Not supported: there is no archive tier in rsv.
    .PARAMETER BackupSnapshotResourceGroup
    Not supported: local snapshots lie in the home, not in a resource group.
    .PARAMETER BackupSnapshotResourceGroupSuffix
    Not supported: local snapshots lie in the home, not in a resource group.
    .PARAMETER SnapshotConsistencyType
    Not supported: backups here are crash-consistent: the image is read as it is.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true, Position = 1)]
        [object]$Name,
        [Parameter(Mandatory = $true, Position = 2)]
        [ValidateSet('AzureVM', 'AzureFiles', 'MSSQL')]
        [object]$WorkloadType,
        [Parameter(Position = 3)]
        [ValidateSet('AzureVM', 'AzureStorage', 'AzureWorkload')]
        [object]$BackupManagementType,
        [Parameter(Position = 4)]
        [object]$RetentionPolicy,
        [Parameter(Position = 5)]
        [object]$SchedulePolicy,
        [Parameter()]
        [object]$VaultId,
        [Parameter(DontShow = $true)]
        [object]$MoveToArchiveTier,
        [Parameter(DontShow = $true)]
        [object]$TieringMode,
        [Parameter(DontShow = $true)]
        [object]$TierAfterDuration,
        [Parameter(DontShow = $true)]
        [object]$TierAfterDurationType,
        [Parameter(DontShow = $true)]
        [object]$BackupSnapshotResourceGroup,
        [Parameter(DontShow = $true)]
        [object]$BackupSnapshotResourceGroupSuffix,
        [Parameter(DontShow = $true)]
        [object]$SnapshotConsistencyType
    )
    process { Invoke-Rsv 'New-AzRecoveryServicesBackupProtectionPolicy' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Get-AzRecoveryServicesBackupProtectionPolicy {
    <#
    .SYNOPSIS
    Get one backup policy of a vault, or list them.
    .PARAMETER Name
    Name of the policy.
    .PARAMETER WorkloadType
    Only policies for this kind of workload.
    .PARAMETER BackupManagementType
    Only policies for this kind of management.
    .PARAMETER IsArchiveSmartTieringEnabled
    true: only policies that move recovery points to an archive tier; rsv has none.
    .PARAMETER PolicySubType
    Only policies of this kind.
    .PARAMETER VaultId
    The vault: id, name, JSON object, @file or -; absent: the vault context.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter(Position = 1)]
        [object]$Name,
        [Parameter(Position = 2)]
        [ValidateSet('AzureVM', 'AzureSQLDatabase', 'AzureFiles', 'MSSQL')]
        [object]$WorkloadType,
        [Parameter(Position = 3)]
        [ValidateSet('AzureVM', 'SCDPM', 'AzureBackupServer', 'AzureStorage', 'AzureWorkload', 'MAB')]
        [object]$BackupManagementType,
        [Parameter()]
        [object]$IsArchiveSmartTieringEnabled,
        [Parameter()]
        [ValidateSet('Standard', 'Enhanced')]
        [object]$PolicySubType,
        [Parameter()]
        [object]$VaultId
    )
    process { Invoke-Rsv 'Get-AzRecoveryServicesBackupProtectionPolicy' $PSBoundParameters $PSCmdlet '' }
}

function Set-AzRecoveryServicesBackupProtectionPolicy {
    <#
    .SYNOPSIS
    Change the schedule or the retention of a backup policy.
    .PARAMETER Policy
    The policy: JSON object, name, @file or -.
    .PARAMETER RetentionPolicy
    How long recovery points are kept: JSON object, @file or -.
    .PARAMETER SchedulePolicy
    When backups run: JSON object, @file or -.
    .PARAMETER VaultId
    The vault: id, name, JSON object, @file or -; absent: the vault context.
    .PARAMETER MoveToArchiveTier
    Not supported: there is no archive tier in rsv.
    .PARAMETER TieringMode
    Not supported: there is no archive tier in rsv.
    .PARAMETER TierAfterDuration
    Not supported: there is no archive tier in rsv.
    .PARAMETER TierAfterDurationType
    Not supported: there is no archive tier in rsv.
    .PARAMETER BackupSnapshotResourceGroup
    Not supported: local snapshots lie in the home, not in a resource group.
    .PARAMETER BackupSnapshotResourceGroupSuffix
    Not supported: local snapshots lie in the home, not in a resource group.
    .PARAMETER SnapshotConsistencyType
    Not supported: backups here are crash-consistent: the image is read as it is.
    .PARAMETER FixForInconsistentItems
    Not supported: items always follow their policy here.
    .PARAMETER Token
    Not supported: Resource Guards (multi-user authorization) are not in rsv yet.
    .PARAMETER SecureToken
    Not supported: Resource Guards (multi-user authorization) are not in rsv yet.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true, Position = 1, ValueFromPipeline = $true)]
        [object]$Policy,
        [Parameter(Position = 4)]
        [object]$RetentionPolicy,
        [Parameter(Position = 5)]
        [object]$SchedulePolicy,
        [Parameter()]
        [object]$VaultId,
        [Parameter(DontShow = $true)]
        [object]$MoveToArchiveTier,
        [Parameter(DontShow = $true)]
        [object]$TieringMode,
        [Parameter(DontShow = $true)]
        [object]$TierAfterDuration,
        [Parameter(DontShow = $true)]
        [object]$TierAfterDurationType,
        [Parameter(DontShow = $true)]
        [object]$BackupSnapshotResourceGroup,
        [Parameter(DontShow = $true)]
        [object]$BackupSnapshotResourceGroupSuffix,
        [Parameter(DontShow = $true)]
        [object]$SnapshotConsistencyType,
        [Parameter(DontShow = $true)]
        [switch]$FixForInconsistentItems,
        [Parameter(DontShow = $true)]
        [object]$Token,
        [Parameter(DontShow = $true)]
        [object]$SecureToken
    )
    process { Invoke-Rsv 'Set-AzRecoveryServicesBackupProtectionPolicy' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Remove-AzRecoveryServicesBackupProtectionPolicy {
    <#
    .SYNOPSIS
    Delete a backup policy that no item uses.
    .PARAMETER Name
    Name of the policy.
    .PARAMETER Policy
    The policy: JSON object, name, @file or -.
    .PARAMETER PassThru
    Print the policy.
    .PARAMETER Force
    Do not ask.
    .PARAMETER VaultId
    The vault: id, name, JSON object, @file or -; absent: the vault context.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Position = 1)]
        [object]$Name,
        [Parameter(ValueFromPipeline = $true)]
        [object]$Policy,
        [Parameter()]
        [switch]$PassThru,
        [Parameter()]
        [switch]$Force,
        [Parameter()]
        [object]$VaultId
    )
    process { Invoke-Rsv 'Remove-AzRecoveryServicesBackupProtectionPolicy' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Get-AzRecoveryServicesBackupSchedulePolicyObject {
    <#
    .SYNOPSIS
    Get a schedule to edit and give to a policy.
    .PARAMETER WorkloadType
    Kind of workload.
    .PARAMETER BackupManagementType
    Kind of management.
    .PARAMETER ScheduleRunFrequency
    How often it runs.
    .PARAMETER PolicySubType
    Kind of policy; enhanced ones are not in rsv yet.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true, Position = 0)]
        [ValidateSet('AzureVM', 'AzureFiles', 'MSSQL')]
        [object]$WorkloadType,
        [Parameter(Position = 1)]
        [ValidateSet('AzureVM', 'AzureStorage', 'AzureWorkload')]
        [object]$BackupManagementType,
        [Parameter(Position = 2)]
        [ValidateSet('Daily', 'Hourly', 'Weekly')]
        [object]$ScheduleRunFrequency,
        [Parameter(Position = 3)]
        [ValidateSet('Standard', 'Enhanced')]
        [object]$PolicySubType
    )
    process { Invoke-Rsv 'Get-AzRecoveryServicesBackupSchedulePolicyObject' $PSBoundParameters $PSCmdlet '' }
}

function Get-AzRecoveryServicesBackupRetentionPolicyObject {
    <#
    .SYNOPSIS
    Get retention values to edit and give to a policy.
    .PARAMETER WorkloadType
    Kind of workload.
    .PARAMETER BackupManagementType
    Kind of management.
    .PARAMETER ScheduleRunFrequency
    How often the schedule runs; a weekly one makes no daily recovery points.
    .PARAMETER BackupTier
    Where recovery points are; how long snapshots stay is SnapshotRetentionInDays of a policy.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true, Position = 0)]
        [ValidateSet('AzureVM', 'AzureFiles', 'MSSQL')]
        [object]$WorkloadType,
        [Parameter(Position = 1)]
        [ValidateSet('AzureVM', 'AzureStorage', 'AzureWorkload')]
        [object]$BackupManagementType,
        [Parameter(Position = 2)]
        [ValidateSet('Daily', 'Hourly', 'Weekly')]
        [object]$ScheduleRunFrequency,
        [Parameter(Position = 3)]
        [ValidateSet('Snapshot', 'VaultStandard')]
        [object]$BackupTier
    )
    process { Invoke-Rsv 'Get-AzRecoveryServicesBackupRetentionPolicyObject' $PSBoundParameters $PSCmdlet '' }
}

function Get-RsvKeyUsage {
    <#
    .SYNOPSIS
    List the vaults, disks and local snapshots that cannot be read without a key.
    .PARAMETER KeyId
    Key identifier: with a version that one, without all versions.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true, Position = 0)]
        [object]$KeyId
    )
    process { Invoke-Rsv 'Get-RsvKeyUsage' $PSBoundParameters $PSCmdlet '' }
}

function Measure-RsvKeyImpact {
    <#
    .SYNOPSIS
    Count what cannot be read any more when a key is disabled, deleted or expired.
    .PARAMETER KeyId
    Key identifier: with a version that one, without all versions.
    .PARAMETER At
    Only what has become unreadable by then because the key expires (UTC); absent: what is unreadable while the key is disabled or deleted.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true, Position = 0)]
        [object]$KeyId,
        [Parameter()]
        [object]$At
    )
    process { Invoke-Rsv 'Measure-RsvKeyImpact' $PSBoundParameters $PSCmdlet '' }
}

function Get-AzRecoveryServicesBackupContainer {
    <#
    .SYNOPSIS
    List the registered containers of a vault.
    .PARAMETER ContainerType
    Kind of container; rsv has machines.
    .PARAMETER BackupManagementType
    Kind of backup; tells Windows containers apart.
    .PARAMETER FriendlyName
    Name of the machine.
    .PARAMETER ResourceGroupName
    Resource group of the machine.
    .PARAMETER Status
    Only Registered is listed (the seed passes it; the real cmdlet dropped it).
    .PARAMETER VaultId
    The vault: id, name, JSON object, @file or -; absent: the vault context.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true, Position = 1)]
        [ValidateSet('AzureVM', 'Windows', 'AzureStorage', 'AzureVMAppContainer')]
        [object]$ContainerType,
        [Parameter(Position = 2)]
        [ValidateSet('AzureVM', 'AzureStorage', 'AzureWorkload', 'MAB', 'MARS')]
        [object]$BackupManagementType,
        [Parameter(Position = 3)]
        [object]$FriendlyName,
        [Parameter(Position = 4)]
        [object]$ResourceGroupName,
        [Parameter(Position = 5)]
        [ValidateSet('Registered')]
        [object]$Status,
        [Parameter()]
        [object]$VaultId
    )
    process { Invoke-Rsv 'Get-AzRecoveryServicesBackupContainer' $PSBoundParameters $PSCmdlet '' }
}

function Register-AzRecoveryServicesBackupContainer {
    <#
    .SYNOPSIS
    Try to register a workload or an agent: refused, but the attempt counts.
    .PARAMETER ResourceId
    ARM id of the machine.
    .PARAMETER Container
    A container to register again: object, name, @file or -.
    .PARAMETER BackupManagementType
    Kind of backup; machines (AzureVM) are registered when they are protected.
    .PARAMETER WorkloadType
    Kind of workload.
    .PARAMETER Force
    Do not ask.
    .PARAMETER VaultId
    The vault: id, name, JSON object, @file or -; absent: the vault context.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Position = 0)]
        [object]$ResourceId,
        [Parameter(ValueFromPipeline = $true)]
        [object]$Container,
        [Parameter(Mandatory = $true, Position = 1)]
        [ValidateSet('AzureWorkload', 'AzureVM', 'MAB', 'MARS')]
        [object]$BackupManagementType,
        [Parameter(Mandatory = $true, Position = 2)]
        [ValidateSet('AzureVM', 'AzureSQLDatabase', 'AzureFiles', 'MSSQL', 'Windows')]
        [object]$WorkloadType,
        [Parameter()]
        [switch]$Force,
        [Parameter()]
        [object]$VaultId
    )
    process { Invoke-Rsv 'Register-AzRecoveryServicesBackupContainer' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Unregister-AzRecoveryServicesBackupContainer {
    <#
    .SYNOPSIS
    Say why a container stays: a machine's goes with its last backup item.
    .PARAMETER Container
    The container: object, name, @file or -.
    .PARAMETER PassThru
    Print the container.
    .PARAMETER Force
    Do not ask.
    .PARAMETER VaultId
    The vault: id, name, JSON object, @file or -; absent: the vault context.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true, Position = 1, ValueFromPipeline = $true)]
        [object]$Container,
        [Parameter()]
        [switch]$PassThru,
        [Parameter()]
        [switch]$Force,
        [Parameter()]
        [object]$VaultId
    )
    process { Invoke-Rsv 'Unregister-AzRecoveryServicesBackupContainer' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Get-AzRecoveryServicesBackupItem {
    <#
    .SYNOPSIS
    List the protected items of a container, a vault or a policy.
    .PARAMETER Container
    The container: JSON object, name, @file or -.
    .PARAMETER BackupManagementType
    Everything of this kind in the vault.
    .PARAMETER Policy
    The policy: JSON object, name, @file or -.
    .PARAMETER Name
    Name of the item; fills ExtendedInfo.
    .PARAMETER ProtectionStatus
    Only items in this health.
    .PARAMETER ProtectionState
    Only items in this state.
    .PARAMETER WorkloadType
    Kind of workload.
    .PARAMETER DeleteState
    Only items that are, or are not, soft-deleted.
    .PARAMETER FriendlyName
    Name of the machine.
    .PARAMETER VaultId
    The vault: id, name, JSON object, @file or -; absent: the vault context.
    .PARAMETER DiskEncryptionSetId
    Not supported: Microsoft's document shows it here by mistake: give it to Restore-AzRecoveryServicesBackupItem.
    .PARAMETER UseSecondaryRegion
    Not supported: a vault on this machine has no paired region.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter(Position = 1, ValueFromPipeline = $true)]
        [object]$Container,
        [Parameter()]
        [ValidateSet('AzureVM', 'MAB', 'AzureStorage', 'AzureWorkload')]
        [object]$BackupManagementType,
        [Parameter()]
        [object]$Policy,
        [Parameter(Position = 2)]
        [object]$Name,
        [Parameter(Position = 3)]
        [ValidateSet('Healthy', 'Unhealthy')]
        [object]$ProtectionStatus,
        [Parameter(Position = 4)]
        [ValidateSet('IRPending', 'ProtectionError', 'Protected', 'ProtectionStopped', 'BackupsSuspended')]
        [object]$ProtectionState,
        [Parameter(Position = 5)]
        [ValidateSet('AzureVM', 'AzureFiles', 'MSSQL', 'FileFolder', 'SAPHanaDatabase')]
        [object]$WorkloadType,
        [Parameter(Position = 6)]
        [ValidateSet('ToBeDeleted', 'NotDeleted')]
        [object]$DeleteState,
        [Parameter()]
        [object]$FriendlyName,
        [Parameter()]
        [object]$VaultId,
        [Parameter(DontShow = $true)]
        [object]$DiskEncryptionSetId,
        [Parameter(DontShow = $true)]
        [switch]$UseSecondaryRegion
    )
    process { Invoke-Rsv 'Get-AzRecoveryServicesBackupItem' $PSBoundParameters $PSCmdlet '' }
}

function Enable-AzRecoveryServicesBackupProtection {
    <#
    .SYNOPSIS
    Protect a virtual machine, or change how it is protected.
    .PARAMETER Policy
    The policy: JSON object, name, @file or -.
    .PARAMETER Name
    Name of the machine.
    .PARAMETER ResourceGroupName
    Resource group of the machine.
    .PARAMETER ServiceName
    Cloud service of a classic machine; classic machines need a vault without customer key.
    .PARAMETER Item
    An item, to resume it or to change its policy or disks: JSON object, name, @file or -.
    .PARAMETER InclusionDisksList
    Back up only the data disks at these LUNs, besides the OS disk.
    .PARAMETER ExclusionDisksList
    Leave the data disks at these LUNs out.
    .PARAMETER ExcludeAllDataDisks
    Back up the OS disk only.
    .PARAMETER ResetExclusionSettings
    Back up all disks again.
    .PARAMETER VaultId
    The vault: id, name, JSON object, @file or -; absent: the vault context.
    .PARAMETER StorageAccountName
    Not supported: file shares are not in rsv yet.
    .PARAMETER ProtectableItem
    Not supported: SQL and SAP HANA are not in rsv yet.
    .PARAMETER ContainerSubscriptionId
    Not supported: machines of other subscriptions are not in rsv yet.
    .PARAMETER Token
    Not supported: Resource Guards (multi-user authorization) are not in rsv yet.
    .PARAMETER SecureToken
    Not supported: Resource Guards (multi-user authorization) are not in rsv yet.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true, Position = 1)]
        [object]$Policy,
        [Parameter(Position = 2)]
        [object]$Name,
        [Parameter(Position = 3)]
        [object]$ResourceGroupName,
        [Parameter()]
        [object]$ServiceName,
        [Parameter(Position = 4, ValueFromPipeline = $true)]
        [object]$Item,
        [Parameter()]
        [object[]]$InclusionDisksList,
        [Parameter()]
        [object[]]$ExclusionDisksList,
        [Parameter()]
        [switch]$ExcludeAllDataDisks,
        [Parameter()]
        [switch]$ResetExclusionSettings,
        [Parameter()]
        [object]$VaultId,
        [Parameter(DontShow = $true)]
        [object]$StorageAccountName,
        [Parameter(DontShow = $true)]
        [object]$ProtectableItem,
        [Parameter(DontShow = $true)]
        [object]$ContainerSubscriptionId,
        [Parameter(DontShow = $true)]
        [object]$Token,
        [Parameter(DontShow = $true)]
        [object]$SecureToken
    )
    process { Invoke-Rsv 'Enable-AzRecoveryServicesBackupProtection' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Backup-AzRecoveryServicesBackupItem {
    <#
    .SYNOPSIS
    Back a protected item up now.
    .PARAMETER Item
    The item: JSON object, name, @file or -.
    .PARAMETER ExpiryDateTimeUTC
    The recovery point is kept until then (UTC); absent: 30 days, or longer as the policy says.
    .PARAMETER FullRead
    Read every image again, also one that cannot have changed since its last backup (of rsv).
    .PARAMETER VaultId
    The vault: id, name, JSON object, @file or -; absent: the vault context.
    .PARAMETER BackupType
    Not supported: it is for databases; a machine has one kind of backup.
    .PARAMETER EnableCompression
    Not supported: it is for SQL; backups of machines are always compressed.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true, Position = 1, ValueFromPipeline = $true)]
        [object]$Item,
        [Parameter()]
        [object]$ExpiryDateTimeUTC,
        [Parameter()]
        [switch]$FullRead,
        [Parameter()]
        [object]$VaultId,
        [Parameter(DontShow = $true)]
        [object]$BackupType,
        [Parameter(DontShow = $true)]
        [object]$EnableCompression
    )
    process { Invoke-Rsv 'Backup-AzRecoveryServicesBackupItem' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Disable-AzRecoveryServicesBackupProtection {
    <#
    .SYNOPSIS
    Stop protecting an item; keep its recovery points or delete them.
    .PARAMETER Item
    The item: JSON object, name, @file or -.
    .PARAMETER RemoveRecoveryPoints
    Delete its recovery points too; softly, if the vault says so.
    .PARAMETER RetainRecoveryPointsAsPerPolicy
    Let its recovery points expire as the policy says; for immutable vaults.
    .PARAMETER Force
    Do not ask.
    .PARAMETER VaultId
    The vault: id, name, JSON object, @file or -; absent: the vault context.
    .PARAMETER Token
    Not supported: Resource Guards (multi-user authorization) are not in rsv yet.
    .PARAMETER SecureToken
    Not supported: Resource Guards (multi-user authorization) are not in rsv yet.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'High', PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true, Position = 1, ValueFromPipeline = $true)]
        [object]$Item,
        [Parameter()]
        [switch]$RemoveRecoveryPoints,
        [Parameter()]
        [switch]$RetainRecoveryPointsAsPerPolicy,
        [Parameter()]
        [switch]$Force,
        [Parameter()]
        [object]$VaultId,
        [Parameter(DontShow = $true)]
        [object]$Token,
        [Parameter(DontShow = $true)]
        [object]$SecureToken
    )
    process { Invoke-Rsv 'Disable-AzRecoveryServicesBackupProtection' $PSBoundParameters $PSCmdlet 'High' }
}

function Undo-AzRecoveryServicesBackupItemDeletion {
    <#
    .SYNOPSIS
    Bring a soft-deleted item back, stopped, with its recovery points.
    .PARAMETER Item
    The item: JSON object, name, @file or -.
    .PARAMETER Force
    Do not ask.
    .PARAMETER VaultId
    The vault: id, name, JSON object, @file or -; absent: the vault context.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true, Position = 1, ValueFromPipeline = $true)]
        [object]$Item,
        [Parameter()]
        [switch]$Force,
        [Parameter()]
        [object]$VaultId
    )
    process { Invoke-Rsv 'Undo-AzRecoveryServicesBackupItemDeletion' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Get-AzRecoveryServicesBackupRecoveryPoint {
    <#
    .SYNOPSIS
    List the recovery points of an item, newest first.
    .PARAMETER StartDate
    From then on (UTC); absent: 30 days before the end.
    .PARAMETER EndDate
    Until then (UTC); absent: now, or 30 days after the start.
    .PARAMETER Item
    The item: JSON object, name, @file or -.
    .PARAMETER RecoveryPointId
    One recovery point.
    .PARAMETER Tier
    Only recovery points of this tier.
    .PARAMETER VaultId
    The vault: id, name, JSON object, @file or -; absent: the vault context.
    .PARAMETER KeyFileDownloadLocation
    Not supported: rsv keeps no Azure Disk Encryption keys.
    .PARAMETER UseSecondaryRegion
    Not supported: a vault on this machine has no paired region.
    .PARAMETER IsReadyForMove
    Not supported: there is no archive tier in rsv.
    .PARAMETER TargetTier
    Not supported: there is no archive tier in rsv.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter(Position = 0)]
        [object]$StartDate,
        [Parameter(Position = 1)]
        [object]$EndDate,
        [Parameter(Mandatory = $true, Position = 2, ValueFromPipeline = $true)]
        [object]$Item,
        [Parameter()]
        [object]$RecoveryPointId,
        [Parameter()]
        [ValidateSet('VaultStandard', 'Snapshot', 'VaultArchive', 'VaultStandardRehydrated', 'SnapshotAndVaultStandard', 'SnapshotAndVaultArchive')]
        [object]$Tier,
        [Parameter()]
        [object]$VaultId,
        [Parameter(DontShow = $true)]
        [object]$KeyFileDownloadLocation,
        [Parameter(DontShow = $true)]
        [switch]$UseSecondaryRegion,
        [Parameter(DontShow = $true)]
        [switch]$IsReadyForMove,
        [Parameter(DontShow = $true)]
        [object]$TargetTier
    )
    process { Invoke-Rsv 'Get-AzRecoveryServicesBackupRecoveryPoint' $PSBoundParameters $PSCmdlet '' }
}

function Restore-AzRecoveryServicesBackupItem {
    <#
    .SYNOPSIS
    Restore the disks of a recovery point as managed disks.
    .PARAMETER RecoveryPoint
    The recovery point: JSON object, id, @file or -.
    .PARAMETER StorageAccountName
    Staging account: the machine's configuration goes there.
    .PARAMETER StorageAccountResourceGroupName
    Resource group of the staging account.
    .PARAMETER TargetResourceGroupName
    Resource group of the new disks.
    .PARAMETER DiskEncryptionSetId
    Disk encryption set of the new disks: id or unambiguous name; absent: the platform key, or from a snapshot the key of the machine's disks.
    .PARAMETER RecoveryPointTier
    Restore from this tier (of rsv); absent: the snapshot while it exists, else the vault.
    .PARAMETER RestoreOnlyOSDisk
    Restore the OS disk only.
    .PARAMETER RestoreDiskList
    Restore only the data disks at these LUNs, besides the OS disk.
    .PARAMETER SkipDamaged
    Go on past damaged data, leave zeros there, list what is missing and exit 6 (of rsv).
    .PARAMETER VaultLocation
    Region of the vault; must be the vault's.
    .PARAMETER VaultId
    The vault: id, name, JSON object, @file or -; absent: the vault context.
    .PARAMETER TargetVMName
    Not supported: restoring a whole machine is not in rsv yet: restore its disks.
    .PARAMETER TargetVNetName
    Not supported: restoring a whole machine is not in rsv yet: restore its disks.
    .PARAMETER TargetVNetResourceGroup
    Not supported: restoring a whole machine is not in rsv yet: restore its disks.
    .PARAMETER TargetSubnetName
    Not supported: restoring a whole machine is not in rsv yet: restore its disks.
    .PARAMETER TargetSubscriptionId
    Not supported: restoring into another subscription is not in rsv yet.
    .PARAMETER TargetZoneNumber
    Not supported: there are no zones on this machine.
    .PARAMETER RestoreToEdgeZone
    Not supported: there are no edge zones on this machine.
    .PARAMETER RestoreToSecondaryRegion
    Not supported: a vault on this machine has no paired region.
    .PARAMETER RehydratePriority
    Not supported: there is no archive tier in rsv.
    .PARAMETER RehydrateDuration
    Not supported: there is no archive tier in rsv.
    .PARAMETER RestoreAsUnmanagedDisks
    Not supported: rsv restores managed disks only.
    .PARAMETER RestoreAsManagedDisk
    Not supported: every recovery point of rsv is a managed one already.
    .PARAMETER UseOriginalStorageAccount
    Not supported: rsv restores managed disks only.
    .PARAMETER UseSystemAssignedIdentity
    Not supported: restoring needs no identity on this machine.
    .PARAMETER UserAssignedIdentityId
    Not supported: restoring needs no identity on this machine.
    .PARAMETER DiskAccessOption
    Not supported: there is no private network on this machine.
    .PARAMETER TargetDiskAccessId
    Not supported: there is no private network on this machine.
    .PARAMETER CVMOsDiskEncryptionSetId
    Not supported: there are no confidential machines in rsv.
    .PARAMETER WLRecoveryConfig
    Not supported: SQL and SAP HANA are not in rsv yet.
    .PARAMETER ResolveConflict
    Not supported: file shares are not in rsv yet.
    .PARAMETER SourceFilePath
    Not supported: file shares are not in rsv yet.
    .PARAMETER SourceFileType
    Not supported: file shares are not in rsv yet.
    .PARAMETER MultipleSourceFilePath
    Not supported: file shares are not in rsv yet.
    .PARAMETER TargetStorageAccountName
    Not supported: file shares are not in rsv yet.
    .PARAMETER TargetFileShareName
    Not supported: file shares are not in rsv yet.
    .PARAMETER TargetFolder
    Not supported: file shares are not in rsv yet.
    .PARAMETER Token
    Not supported: Resource Guards (multi-user authorization) are not in rsv yet.
    .PARAMETER SecureToken
    Not supported: Resource Guards (multi-user authorization) are not in rsv yet.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true)]
        [object]$RecoveryPoint,
        [Parameter(Mandatory = $true, Position = 1)]
        [object]$StorageAccountName,
        [Parameter(Mandatory = $true, Position = 2)]
        [object]$StorageAccountResourceGroupName,
        [Parameter(Position = 3)]
        [object]$TargetResourceGroupName,
        [Parameter()]
        [object]$DiskEncryptionSetId,
        [Parameter()]
        [ValidateSet('Snapshot', 'VaultStandard')]
        [object]$RecoveryPointTier,
        [Parameter()]
        [switch]$RestoreOnlyOSDisk,
        [Parameter()]
        [object[]]$RestoreDiskList,
        [Parameter()]
        [switch]$SkipDamaged,
        [Parameter()]
        [object]$VaultLocation,
        [Parameter()]
        [object]$VaultId,
        [Parameter(DontShow = $true)]
        [object]$TargetVMName,
        [Parameter(DontShow = $true)]
        [object]$TargetVNetName,
        [Parameter(DontShow = $true)]
        [object]$TargetVNetResourceGroup,
        [Parameter(DontShow = $true)]
        [object]$TargetSubnetName,
        [Parameter(DontShow = $true)]
        [object]$TargetSubscriptionId,
        [Parameter(DontShow = $true)]
        [object]$TargetZoneNumber,
        [Parameter(DontShow = $true)]
        [switch]$RestoreToEdgeZone,
        [Parameter(DontShow = $true)]
        [switch]$RestoreToSecondaryRegion,
        [Parameter(DontShow = $true)]
        [object]$RehydratePriority,
        [Parameter(DontShow = $true)]
        [object]$RehydrateDuration,
        [Parameter(DontShow = $true)]
        [switch]$RestoreAsUnmanagedDisks,
        [Parameter(DontShow = $true)]
        [switch]$RestoreAsManagedDisk,
        [Parameter(DontShow = $true)]
        [switch]$UseOriginalStorageAccount,
        [Parameter(DontShow = $true)]
        [switch]$UseSystemAssignedIdentity,
        [Parameter(DontShow = $true)]
        [object]$UserAssignedIdentityId,
        [Parameter(DontShow = $true)]
        [object]$DiskAccessOption,
        [Parameter(DontShow = $true)]
        [object]$TargetDiskAccessId,
        [Parameter(DontShow = $true)]
        [object]$CVMOsDiskEncryptionSetId,
        [Parameter(DontShow = $true)]
        [object]$WLRecoveryConfig,
        [Parameter(DontShow = $true)]
        [object]$ResolveConflict,
        [Parameter(DontShow = $true)]
        [object]$SourceFilePath,
        [Parameter(DontShow = $true)]
        [object]$SourceFileType,
        [Parameter(DontShow = $true)]
        [object]$MultipleSourceFilePath,
        [Parameter(DontShow = $true)]
        [object]$TargetStorageAccountName,
        [Parameter(DontShow = $true)]
        [object]$TargetFileShareName,
        [Parameter(DontShow = $true)]
        [object]$TargetFolder,
        [Parameter(DontShow = $true)]
        [object]$Token,
        [Parameter(DontShow = $true)]
        [object]$SecureToken
    )
    process { Invoke-Rsv 'Restore-AzRecoveryServicesBackupItem' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Get-AzRecoveryServicesBackupJob {
    <#
    .SYNOPSIS
    List the jobs of a vault, newest first, or get one.
    .PARAMETER Status
    Only jobs in this status.
    .PARAMETER Operation
    Only jobs of this operation.
    .PARAMETER From
    Started from then on (UTC); absent: a day ago.
    .PARAMETER To
    Started until then (UTC); absent: now.
    .PARAMETER JobId
    One job.
    .PARAMETER Job
    One job: JSON object, id, @file or -.
    .PARAMETER BackupManagementType
    Kind of backup; rsv has machines.
    .PARAMETER VaultId
    The vault: id, name, JSON object, @file or -; absent: the vault context.
    .PARAMETER UseSecondaryRegion
    Not supported: a vault on this machine has no paired region.
    .PARAMETER VaultLocation
    Not supported: it belongs to -UseSecondaryRegion.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter(Position = 1)]
        [ValidateSet('InProgress', 'Cancelling', 'Cancelled', 'Completed', 'CompletedWithWarnings', 'Failed')]
        [object]$Status,
        [Parameter(Position = 2)]
        [ValidateSet('Backup', 'Restore', 'ConfigureBackup', 'DisableBackup', 'DeleteBackupData', 'BackupDataMove', 'UpdateCustomerManagedKey', 'Undelete', 'OptimizeVault', 'UpdateVaultEncryption')]
        [object]$Operation,
        [Parameter(Position = 3)]
        [object]$From,
        [Parameter(Position = 4)]
        [object]$To,
        [Parameter(Position = 5)]
        [object]$JobId,
        [Parameter(Position = 6, ValueFromPipeline = $true)]
        [object]$Job,
        [Parameter()]
        [ValidateSet('AzureVM', 'AzureStorage', 'AzureWorkload', 'MAB')]
        [object]$BackupManagementType,
        [Parameter()]
        [object]$VaultId,
        [Parameter(DontShow = $true)]
        [switch]$UseSecondaryRegion,
        [Parameter(DontShow = $true)]
        [object]$VaultLocation
    )
    process { Invoke-Rsv 'Get-AzRecoveryServicesBackupJob' $PSBoundParameters $PSCmdlet '' }
}

function Wait-AzRecoveryServicesBackupJob {
    <#
    .SYNOPSIS
    Wait until jobs are over.
    .PARAMETER Job
    The job or jobs: JSON, id, @file or -.
    .PARAMETER Timeout
    Seconds to wait at most; absent: for ever. Then the jobs are given as they are.
    .PARAMETER VaultId
    The vault: id, name, JSON object, @file or -; absent: the vault context.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true, Position = 1, ValueFromPipeline = $true)]
        [object]$Job,
        [Parameter(Position = 2)]
        [object]$Timeout,
        [Parameter()]
        [object]$VaultId
    )
    process { Invoke-Rsv 'Wait-AzRecoveryServicesBackupJob' $PSBoundParameters $PSCmdlet '' }
}

function Stop-AzRecoveryServicesBackupJob {
    <#
    .SYNOPSIS
    Stop a running backup or restore.
    .PARAMETER Job
    The job: JSON object, id, @file or -.
    .PARAMETER JobId
    Id of the job.
    .PARAMETER VaultId
    The vault: id, name, JSON object, @file or -; absent: the vault context.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Position = 1, ValueFromPipeline = $true)]
        [object]$Job,
        [Parameter(Position = 2)]
        [object]$JobId,
        [Parameter()]
        [object]$VaultId
    )
    process { Invoke-Rsv 'Stop-AzRecoveryServicesBackupJob' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Get-AzRecoveryServicesBackupJobDetail {
    <#
    .SYNOPSIS
    Show a job with its steps, properties and errors.
    .PARAMETER Job
    The job: JSON object, id, @file or -.
    .PARAMETER JobId
    Id of the job.
    .PARAMETER VaultId
    The vault: id, name, JSON object, @file or -; absent: the vault context.
    .PARAMETER UseSecondaryRegion
    Not supported: a vault on this machine has no paired region.
    .PARAMETER VaultLocation
    Not supported: it belongs to -UseSecondaryRegion.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter(Position = 1, ValueFromPipeline = $true)]
        [object]$Job,
        [Parameter(Position = 2)]
        [object]$JobId,
        [Parameter()]
        [object]$VaultId,
        [Parameter(DontShow = $true)]
        [switch]$UseSecondaryRegion,
        [Parameter(DontShow = $true)]
        [object]$VaultLocation
    )
    process { Invoke-Rsv 'Get-AzRecoveryServicesBackupJobDetail' $PSBoundParameters $PSCmdlet '' }
}

function Test-RsvEncryptionReadiness {
    <#
    .SYNOPSIS
    Check every step that a customer-managed key needs.
    .PARAMETER VaultId
    The vault: id, name, JSON object, @file or -; absent: the vault context.
    .PARAMETER EncryptionKeyId
    Key identifier; absent: the vault's own key.
    .PARAMETER Stage
    How far the vault must be; absent: Assign with a key, Protect without.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter()]
        [object]$VaultId,
        [Parameter()]
        [object]$EncryptionKeyId,
        [Parameter()]
        [ValidateSet('Assign', 'Protect')]
        [object]$Stage
    )
    process { Invoke-Rsv 'Test-RsvEncryptionReadiness' $PSBoundParameters $PSCmdlet '' }
}

function New-AzDiskEncryptionSetConfig {
    <#
    .SYNOPSIS
    Describe a disk encryption set for New-AzDiskEncryptionSet.
    .PARAMETER Location
    Region.
    .PARAMETER Tag
    Tags, as name=value.
    .PARAMETER IdentityType
    Identity that uses the key.
    .PARAMETER SourceVaultId
    Id of the key vault that holds the key; absent: the one in the key identifier.
    .PARAMETER KeyUrl
    Key identifier, with its version unless the set follows the newest one.
    .PARAMETER EncryptionType
    What the disks' keys are wrapped by.
    .PARAMETER RotationToLatestKeyVersionEnabled
    true: follow the newest version of the key.
    .PARAMETER UserAssignedIdentity
    Id of the attached identity that uses the key; PowerShell's @{'ID'=@{}} is taken too.
    .PARAMETER FederatedClientId
    Not supported: rsv has one tenant, so no key vault of another one.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true, Position = 0)]
        [object]$Location,
        [Parameter(Position = 1)]
        [object[]]$Tag,
        [Parameter(Position = 2)]
        [ValidateSet('SystemAssigned', 'UserAssigned', 'SystemAssignedUserAssigned', 'None')]
        [object]$IdentityType,
        [Parameter(Position = 3)]
        [object]$SourceVaultId,
        [Parameter()]
        [object]$KeyUrl,
        [Parameter()]
        [ValidateSet('EncryptionAtRestWithCustomerKey', 'EncryptionAtRestWithPlatformAndCustomerKeys', 'ConfidentialVmEncryptedWithCustomerKey')]
        [object]$EncryptionType,
        [Parameter()]
        [object]$RotationToLatestKeyVersionEnabled,
        [Parameter()]
        [object[]]$UserAssignedIdentity,
        [Parameter(DontShow = $true)]
        [object]$FederatedClientId
    )
    process { Invoke-Rsv 'New-AzDiskEncryptionSetConfig' $PSBoundParameters $PSCmdlet '' }
}

function New-AzDiskEncryptionSet {
    <#
    .SYNOPSIS
    Create a disk encryption set.
    .PARAMETER ResourceGroupName
    Resource group.
    .PARAMETER Name
    Name of the disk encryption set: 1-80 letters, digits, '-' or '_'.
    .PARAMETER InputObject
    What New-AzDiskEncryptionSetConfig printed: JSON object, @file or -.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true, Position = 0)]
        [object]$ResourceGroupName,
        [Parameter(Mandatory = $true, Position = 1)]
        [Alias('DiskEncryptionSetName')]
        [object]$Name,
        [Parameter(Mandatory = $true, Position = 2, ValueFromPipeline = $true)]
        [Alias('DiskEncryptionSet')]
        [object]$InputObject
    )
    process { Invoke-Rsv 'New-AzDiskEncryptionSet' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Get-AzDiskEncryptionSet {
    <#
    .SYNOPSIS
    Get one disk encryption set, or list them.
    .PARAMETER ResourceGroupName
    Resource group; wildcards are taken.
    .PARAMETER Name
    Name; with wildcards, or without a name: a list.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter(Position = 0)]
        [object]$ResourceGroupName,
        [Parameter(Position = 1)]
        [Alias('DiskEncryptionSetName')]
        [object]$Name
    )
    process { Invoke-Rsv 'Get-AzDiskEncryptionSet' $PSBoundParameters $PSCmdlet '' }
}

function Get-AzDiskEncryptionSetAssociatedResource {
    <#
    .SYNOPSIS
    List the ids of what is encrypted under a disk encryption set.
    .PARAMETER ResourceGroupName
    Resource group.
    .PARAMETER DiskEncryptionSetName
    Name of the disk encryption set.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true, Position = 0)]
        [object]$ResourceGroupName,
        [Parameter(Mandatory = $true, Position = 1)]
        [Alias('Name')]
        [object]$DiskEncryptionSetName
    )
    process { Invoke-Rsv 'Get-AzDiskEncryptionSetAssociatedResource' $PSBoundParameters $PSCmdlet '' }
}

function Update-AzDiskEncryptionSet {
    <#
    .SYNOPSIS
    Change the key of a disk encryption set and of its disks.
    .PARAMETER ResourceGroupName
    Resource group.
    .PARAMETER Name
    Name of the disk encryption set.
    .PARAMETER ResourceId
    Id of the disk encryption set.
    .PARAMETER InputObject
    The disk encryption set: id, name, JSON object, @file or -.
    .PARAMETER KeyUrl
    Key identifier, with its version unless the set follows the newest one.
    .PARAMETER SourceVaultId
    Id of the key vault that holds the key; absent: the one in the key identifier.
    .PARAMETER RotationToLatestKeyVersionEnabled
    true: follow the newest version of the key.
    .PARAMETER Tag
    Tags, as name=value; they replace the ones before.
    .PARAMETER IdentityType
    Identity that uses the key; it is on already.
    .PARAMETER FederatedClientId
    Not supported: rsv has one tenant, so no key vault of another one.
    .PARAMETER UserAssignedIdentity
    Not supported: changing the identity of a set is not in rsv yet: make another set.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Position = 0)]
        [object]$ResourceGroupName,
        [Parameter(Position = 1)]
        [Alias('DiskEncryptionSetName')]
        [object]$Name,
        [Parameter()]
        [object]$ResourceId,
        [Parameter(ValueFromPipeline = $true)]
        [Alias('DiskEncryptionSet')]
        [object]$InputObject,
        [Parameter()]
        [object]$KeyUrl,
        [Parameter()]
        [object]$SourceVaultId,
        [Parameter()]
        [object]$RotationToLatestKeyVersionEnabled,
        [Parameter()]
        [object[]]$Tag,
        [Parameter()]
        [ValidateSet('SystemAssigned', 'UserAssigned', 'SystemAssignedUserAssigned', 'None')]
        [object]$IdentityType,
        [Parameter(DontShow = $true)]
        [object]$FederatedClientId,
        [Parameter(DontShow = $true)]
        [object]$UserAssignedIdentity
    )
    process { Invoke-Rsv 'Update-AzDiskEncryptionSet' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Remove-AzDiskEncryptionSet {
    <#
    .SYNOPSIS
    Delete a disk encryption set that nothing uses.
    .PARAMETER ResourceGroupName
    Resource group.
    .PARAMETER Name
    Name of the disk encryption set.
    .PARAMETER ResourceId
    Id of the disk encryption set.
    .PARAMETER InputObject
    The disk encryption set: id, name, JSON object, @file or -.
    .PARAMETER Force
    Do not ask.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'High', PositionalBinding = $false)]
    param(
        [Parameter(Position = 0)]
        [object]$ResourceGroupName,
        [Parameter(Position = 1)]
        [Alias('DiskEncryptionSetName')]
        [object]$Name,
        [Parameter()]
        [object]$ResourceId,
        [Parameter(ValueFromPipeline = $true)]
        [Alias('DiskEncryptionSet')]
        [object]$InputObject,
        [Parameter()]
        [switch]$Force
    )
    process { Invoke-Rsv 'Remove-AzDiskEncryptionSet' $PSBoundParameters $PSCmdlet 'High' }
}

function New-AzVM {
    <#
    .SYNOPSIS
    Make disk images a virtual machine that can be backed up.
    .PARAMETER ResourceGroupName
    Resource group.
    .PARAMETER Name
    Name of the machine: 1-64 letters, digits or '-'.
    .PARAMETER Location
    Region.
    .PARAMETER OSDiskPath
    Raw image or block device of the OS disk (of rsv).
    .PARAMETER DataDiskPath
    Raw images or block devices of the data disks, from LUN 0 (of rsv).
    .PARAMETER DiskEncryptionSetId
    Disk encryption set of the disks: id, unambiguous name, JSON object, @file or -.
    .PARAMETER EncryptionEnabled
    The guest encrypts its disks itself, by Azure Disk Encryption (of rsv).
    .PARAMETER Classic
    A classic cloud-service machine (of rsv).
    .PARAMETER Tag
    Tags, as name=value.
    .PARAMETER VM
    Not supported: the disks are images here: give -OSDiskPath and -DataDiskPath.
    .PARAMETER Image
    Not supported: the disks are images here: give -OSDiskPath and -DataDiskPath.
    .PARAMETER DiskFile
    Not supported: the disks are images here: give -OSDiskPath and -DataDiskPath.
    .PARAMETER DataDiskSizeInGb
    Not supported: the disks are images here: give -OSDiskPath and -DataDiskPath.
    .PARAMETER Linux
    Not supported: the disks are images here: give -OSDiskPath and -DataDiskPath.
    .PARAMETER Credential
    Not supported: rsv backs machines up and does not run them.
    .PARAMETER Size
    Not supported: rsv backs machines up and does not run them.
    .PARAMETER Zone
    Not supported: rsv backs machines up and does not run them.
    .PARAMETER AvailabilitySetName
    Not supported: rsv backs machines up and does not run them.
    .PARAMETER ProximityPlacementGroupId
    Not supported: rsv backs machines up and does not run them.
    .PARAMETER HostId
    Not supported: rsv backs machines up and does not run them.
    .PARAMETER HostGroupId
    Not supported: rsv backs machines up and does not run them.
    .PARAMETER VmssId
    Not supported: rsv backs machines up and does not run them.
    .PARAMETER Priority
    Not supported: rsv backs machines up and does not run them.
    .PARAMETER EvictionPolicy
    Not supported: rsv backs machines up and does not run them.
    .PARAMETER MaxPrice
    Not supported: rsv backs machines up and does not run them.
    .PARAMETER LicenseType
    Not supported: rsv backs machines up and does not run them.
    .PARAMETER EnableUltraSSD
    Not supported: rsv backs machines up and does not run them.
    .PARAMETER EncryptionAtHost
    Not supported: rsv backs machines up and does not run them.
    .PARAMETER DisableBginfoExtension
    Not supported: rsv backs machines up and does not run them.
    .PARAMETER SystemAssignedIdentity
    Not supported: rsv backs machines up and does not run them.
    .PARAMETER UserAssignedIdentity
    Not supported: rsv backs machines up and does not run them.
    .PARAMETER VirtualNetworkName
    Not supported: rsv backs machines up and does not run them: they have no network.
    .PARAMETER AddressPrefix
    Not supported: rsv backs machines up and does not run them: they have no network.
    .PARAMETER SubnetName
    Not supported: rsv backs machines up and does not run them: they have no network.
    .PARAMETER SubnetAddressPrefix
    Not supported: rsv backs machines up and does not run them: they have no network.
    .PARAMETER PublicIpAddressName
    Not supported: rsv backs machines up and does not run them: they have no network.
    .PARAMETER DomainNameLabel
    Not supported: rsv backs machines up and does not run them: they have no network.
    .PARAMETER AllocationMethod
    Not supported: rsv backs machines up and does not run them: they have no network.
    .PARAMETER SecurityGroupName
    Not supported: rsv backs machines up and does not run them: they have no network.
    .PARAMETER OpenPorts
    Not supported: rsv backs machines up and does not run them: they have no network.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true, Position = 0)]
        [object]$ResourceGroupName,
        [Parameter(Mandatory = $true, Position = 1)]
        [object]$Name,
        [Parameter(Mandatory = $true)]
        [object]$Location,
        [Parameter(Mandatory = $true)]
        [object]$OSDiskPath,
        [Parameter()]
        [object[]]$DataDiskPath,
        [Parameter()]
        [object]$DiskEncryptionSetId,
        [Parameter()]
        [switch]$EncryptionEnabled,
        [Parameter()]
        [switch]$Classic,
        [Parameter()]
        [object[]]$Tag,
        [Parameter(DontShow = $true)]
        [object]$VM,
        [Parameter(DontShow = $true)]
        [object]$Image,
        [Parameter(DontShow = $true)]
        [object]$DiskFile,
        [Parameter(DontShow = $true)]
        [object]$DataDiskSizeInGb,
        [Parameter(DontShow = $true)]
        [switch]$Linux,
        [Parameter(DontShow = $true)]
        [object]$Credential,
        [Parameter(DontShow = $true)]
        [object]$Size,
        [Parameter(DontShow = $true)]
        [object]$Zone,
        [Parameter(DontShow = $true)]
        [object]$AvailabilitySetName,
        [Parameter(DontShow = $true)]
        [object]$ProximityPlacementGroupId,
        [Parameter(DontShow = $true)]
        [object]$HostId,
        [Parameter(DontShow = $true)]
        [object]$HostGroupId,
        [Parameter(DontShow = $true)]
        [object]$VmssId,
        [Parameter(DontShow = $true)]
        [object]$Priority,
        [Parameter(DontShow = $true)]
        [object]$EvictionPolicy,
        [Parameter(DontShow = $true)]
        [object]$MaxPrice,
        [Parameter(DontShow = $true)]
        [object]$LicenseType,
        [Parameter(DontShow = $true)]
        [switch]$EnableUltraSSD,
        [Parameter(DontShow = $true)]
        [switch]$EncryptionAtHost,
        [Parameter(DontShow = $true)]
        [switch]$DisableBginfoExtension,
        [Parameter(DontShow = $true)]
        [object]$SystemAssignedIdentity,
        [Parameter(DontShow = $true)]
        [object]$UserAssignedIdentity,
        [Parameter(DontShow = $true)]
        [object]$VirtualNetworkName,
        [Parameter(DontShow = $true)]
        [object]$AddressPrefix,
        [Parameter(DontShow = $true)]
        [object]$SubnetName,
        [Parameter(DontShow = $true)]
        [object]$SubnetAddressPrefix,
        [Parameter(DontShow = $true)]
        [object]$PublicIpAddressName,
        [Parameter(DontShow = $true)]
        [object]$DomainNameLabel,
        [Parameter(DontShow = $true)]
        [object]$AllocationMethod,
        [Parameter(DontShow = $true)]
        [object]$SecurityGroupName,
        [Parameter(DontShow = $true)]
        [object]$OpenPorts
    )
    process { Invoke-Rsv 'New-AzVM' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Get-AzVM {
    <#
    .SYNOPSIS
    Get one virtual machine, or list them.
    .PARAMETER ResourceGroupName
    Resource group; wildcards are taken.
    .PARAMETER Name
    Name; with wildcards, or without a name: a list.
    .PARAMETER Location
    Only machines in this region.
    .PARAMETER Status
    Not supported: rsv backs machines up and does not run them: they have no state.
    .PARAMETER NextLink
    Not supported: a list comes whole here.
    .PARAMETER DisplayHint
    Not supported: use -Output and -Query.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter(Position = 0)]
        [object]$ResourceGroupName,
        [Parameter(Position = 1)]
        [Alias('ResourceName', 'VMName')]
        [object]$Name,
        [Parameter()]
        [object]$Location,
        [Parameter(DontShow = $true)]
        [object]$Status,
        [Parameter(DontShow = $true)]
        [object]$NextLink,
        [Parameter(DontShow = $true)]
        [object]$DisplayHint
    )
    process { Invoke-Rsv 'Get-AzVM' $PSBoundParameters $PSCmdlet '' }
}

function Remove-AzVM {
    <#
    .SYNOPSIS
    Forget a virtual machine; its disk images and recovery points stay.
    .PARAMETER ResourceGroupName
    Resource group.
    .PARAMETER Name
    Name of the machine.
    .PARAMETER Id
    Id of the machine.
    .PARAMETER Force
    Do not ask.
    .PARAMETER NoWait
    Not supported: it is done at once.
    .PARAMETER ForceDeletion
    Not supported: rsv runs no machines, so there is none to stop.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'High', PositionalBinding = $false)]
    param(
        [Parameter(Position = 0)]
        [object]$ResourceGroupName,
        [Parameter(Position = 1)]
        [Alias('ResourceName', 'VMName')]
        [object]$Name,
        [Parameter()]
        [object]$Id,
        [Parameter()]
        [switch]$Force,
        [Parameter(DontShow = $true)]
        [switch]$NoWait,
        [Parameter(DontShow = $true)]
        [switch]$ForceDeletion
    )
    process { Invoke-Rsv 'Remove-AzVM' $PSBoundParameters $PSCmdlet 'High' }
}

function New-AzStorageAccount {
    <#
    .SYNOPSIS
    Name a folder where restores put a machine's configuration.
    .PARAMETER ResourceGroupName
    Resource group.
    .PARAMETER Name
    Name: 3-24 lower-case letters or digits; unique in the home, as in all of Azure.
    .PARAMETER SkuName
    How Azure would copy the data; a label here.
    .PARAMETER Location
    Region.
    .PARAMETER Kind
    What the account holds; a label here.
    .PARAMETER Path
    Folder, outside the home; made if it is not there (of rsv).
    .PARAMETER Tag
    Tags, as name=value.
    .PARAMETER AccessTier
    Not supported: a storage account is a folder here, with your file system's permissions.
    .PARAMETER EnableHierarchicalNamespace
    Not supported: a storage account is a folder here, with your file system's permissions.
    .PARAMETER EnableLargeFileShare
    Not supported: a storage account is a folder here, with your file system's permissions.
    .PARAMETER EnableAzureActiveDirectoryDomainServicesForFile
    Not supported: a storage account is a folder here, with your file system's permissions.
    .PARAMETER EnableActiveDirectoryDomainServicesForFile
    Not supported: a storage account is a folder here, with your file system's permissions.
    .PARAMETER EnableLocalUser
    Not supported: a storage account is a folder here, with your file system's permissions.
    .PARAMETER AllowBlobPublicAccess
    Not supported: a storage account is a folder here, with your file system's permissions.
    .PARAMETER AllowSharedKeyAccess
    Not supported: a storage account is a folder here, with your file system's permissions.
    .PARAMETER AllowCrossTenantReplication
    Not supported: a storage account is a folder here, with your file system's permissions.
    .PARAMETER DefaultSharePermission
    Not supported: a storage account is a folder here, with your file system's permissions.
    .PARAMETER EnableAccountLevelImmutability
    Not supported: a storage account is a folder here, with your file system's permissions.
    .PARAMETER ImmutabilityPeriod
    Not supported: a storage account is a folder here, with your file system's permissions.
    .PARAMETER ImmutabilityPolicyState
    Not supported: a storage account is a folder here, with your file system's permissions.
    .PARAMETER SasExpirationPeriod
    Not supported: a storage account is a folder here, with your file system's permissions.
    .PARAMETER KeyExpirationPeriodInDay
    Not supported: a storage account is a folder here, with your file system's permissions.
    .PARAMETER AssignIdentity
    Not supported: rsv writes a machine's configuration there, and no backup data.
    .PARAMETER IdentityType
    Not supported: rsv writes a machine's configuration there, and no backup data.
    .PARAMETER UserAssignedIdentityId
    Not supported: rsv writes a machine's configuration there, and no backup data.
    .PARAMETER KeyName
    Not supported: rsv writes a machine's configuration there, and no backup data.
    .PARAMETER KeyVersion
    Not supported: rsv writes a machine's configuration there, and no backup data.
    .PARAMETER KeyVaultUri
    Not supported: rsv writes a machine's configuration there, and no backup data.
    .PARAMETER KeyVaultUserAssignedIdentityId
    Not supported: rsv writes a machine's configuration there, and no backup data.
    .PARAMETER EncryptionKeyTypeForTable
    Not supported: rsv writes a machine's configuration there, and no backup data.
    .PARAMETER EncryptionKeyTypeForQueue
    Not supported: rsv writes a machine's configuration there, and no backup data.
    .PARAMETER RequireInfrastructureEncryption
    Not supported: rsv writes a machine's configuration there, and no backup data.
    .PARAMETER CustomDomainName
    Not supported: a folder on this machine has no network.
    .PARAMETER UseSubDomain
    Not supported: a folder on this machine has no network.
    .PARAMETER EnableHttpsTrafficOnly
    Not supported: a folder on this machine has no network.
    .PARAMETER MinimumTlsVersion
    Not supported: a folder on this machine has no network.
    .PARAMETER NetworkRuleSet
    Not supported: a folder on this machine has no network.
    .PARAMETER PublicNetworkAccess
    Not supported: a folder on this machine has no network.
    .PARAMETER PublishMicrosoftEndpoint
    Not supported: a folder on this machine has no network.
    .PARAMETER PublishInternetEndpoint
    Not supported: a folder on this machine has no network.
    .PARAMETER RoutingChoice
    Not supported: a folder on this machine has no network.
    .PARAMETER EnableNfsV3
    Not supported: a folder on this machine has no network.
    .PARAMETER EnableSftp
    Not supported: a folder on this machine has no network.
    .PARAMETER EdgeZone
    Not supported: a folder on this machine has no network.
    .PARAMETER DnsEndpointType
    Not supported: a folder on this machine has no network.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true, Position = 0)]
        [object]$ResourceGroupName,
        [Parameter(Mandatory = $true, Position = 1)]
        [Alias('StorageAccountName', 'AccountName')]
        [object]$Name,
        [Parameter(Position = 2)]
        [Alias('StorageAccountType', 'AccountType', 'Type')]
        [ValidateSet('Standard_LRS', 'Standard_GRS', 'Standard_RAGRS', 'Standard_ZRS', 'Premium_LRS', 'Premium_ZRS', 'Standard_GZRS', 'Standard_RAGZRS')]
        [object]$SkuName,
        [Parameter(Mandatory = $true, Position = 3)]
        [object]$Location,
        [Parameter()]
        [ValidateSet('Storage', 'StorageV2', 'BlobStorage', 'BlockBlobStorage', 'FileStorage')]
        [object]$Kind,
        [Parameter(Mandatory = $true)]
        [object]$Path,
        [Parameter()]
        [Alias('Tags')]
        [object[]]$Tag,
        [Parameter(DontShow = $true)]
        [object]$AccessTier,
        [Parameter(DontShow = $true)]
        [object]$EnableHierarchicalNamespace,
        [Parameter(DontShow = $true)]
        [switch]$EnableLargeFileShare,
        [Parameter(DontShow = $true)]
        [object]$EnableAzureActiveDirectoryDomainServicesForFile,
        [Parameter(DontShow = $true)]
        [object]$EnableActiveDirectoryDomainServicesForFile,
        [Parameter(DontShow = $true)]
        [object]$EnableLocalUser,
        [Parameter(DontShow = $true)]
        [object]$AllowBlobPublicAccess,
        [Parameter(DontShow = $true)]
        [object]$AllowSharedKeyAccess,
        [Parameter(DontShow = $true)]
        [object]$AllowCrossTenantReplication,
        [Parameter(DontShow = $true)]
        [object]$DefaultSharePermission,
        [Parameter(DontShow = $true)]
        [switch]$EnableAccountLevelImmutability,
        [Parameter(DontShow = $true)]
        [object]$ImmutabilityPeriod,
        [Parameter(DontShow = $true)]
        [object]$ImmutabilityPolicyState,
        [Parameter(DontShow = $true)]
        [object]$SasExpirationPeriod,
        [Parameter(DontShow = $true)]
        [object]$KeyExpirationPeriodInDay,
        [Parameter(DontShow = $true)]
        [switch]$AssignIdentity,
        [Parameter(DontShow = $true)]
        [object]$IdentityType,
        [Parameter(DontShow = $true)]
        [object]$UserAssignedIdentityId,
        [Parameter(DontShow = $true)]
        [object]$KeyName,
        [Parameter(DontShow = $true)]
        [object]$KeyVersion,
        [Parameter(DontShow = $true)]
        [object]$KeyVaultUri,
        [Parameter(DontShow = $true)]
        [object]$KeyVaultUserAssignedIdentityId,
        [Parameter(DontShow = $true)]
        [object]$EncryptionKeyTypeForTable,
        [Parameter(DontShow = $true)]
        [object]$EncryptionKeyTypeForQueue,
        [Parameter(DontShow = $true)]
        [switch]$RequireInfrastructureEncryption,
        [Parameter(DontShow = $true)]
        [object]$CustomDomainName,
        [Parameter(DontShow = $true)]
        [object]$UseSubDomain,
        [Parameter(DontShow = $true)]
        [object]$EnableHttpsTrafficOnly,
        [Parameter(DontShow = $true)]
        [object]$MinimumTlsVersion,
        [Parameter(DontShow = $true)]
        [object]$NetworkRuleSet,
        [Parameter(DontShow = $true)]
        [object]$PublicNetworkAccess,
        [Parameter(DontShow = $true)]
        [object]$PublishMicrosoftEndpoint,
        [Parameter(DontShow = $true)]
        [object]$PublishInternetEndpoint,
        [Parameter(DontShow = $true)]
        [object]$RoutingChoice,
        [Parameter(DontShow = $true)]
        [object]$EnableNfsV3,
        [Parameter(DontShow = $true)]
        [object]$EnableSftp,
        [Parameter(DontShow = $true)]
        [object]$EdgeZone,
        [Parameter(DontShow = $true)]
        [object]$DnsEndpointType
    )
    process { Invoke-Rsv 'New-AzStorageAccount' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Get-AzStorageAccount {
    <#
    .SYNOPSIS
    Get one storage account, or list them.
    .PARAMETER ResourceGroupName
    Resource group; wildcards are taken.
    .PARAMETER Name
    Name; with wildcards, or without a name: a list.
    .PARAMETER IncludeGeoReplicationStats
    Not supported: a folder on this machine has no replica.
    .PARAMETER IncludeBlobRestoreStatus
    Not supported: a folder on this machine has no blob restore.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter(Position = 0)]
        [object]$ResourceGroupName,
        [Parameter(Position = 1)]
        [Alias('StorageAccountName', 'AccountName')]
        [object]$Name,
        [Parameter(DontShow = $true)]
        [switch]$IncludeGeoReplicationStats,
        [Parameter(DontShow = $true)]
        [switch]$IncludeBlobRestoreStatus
    )
    process { Invoke-Rsv 'Get-AzStorageAccount' $PSBoundParameters $PSCmdlet '' }
}

function Get-AzDisk {
    <#
    .SYNOPSIS
    Get one managed disk, or list them: OS disk first, then by LUN.
    .PARAMETER ResourceGroupName
    Resource group; wildcards are taken.
    .PARAMETER DiskName
    Name; with wildcards, or without a name: a list.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter(Position = 0)]
        [object]$ResourceGroupName,
        [Parameter(Position = 1)]
        [Alias('Name')]
        [object]$DiskName
    )
    process { Invoke-Rsv 'Get-AzDisk' $PSBoundParameters $PSCmdlet '' }
}

function New-AzDiskUpdateConfig {
    <#
    .SYNOPSIS
    Describe a change of a managed disk for Update-AzDisk.
    .PARAMETER OsType
    Operating system that the disk holds.
    .PARAMETER Tag
    Tags, as name=value; they replace the ones before.
    .PARAMETER DiskEncryptionSetId
    Disk encryption set: id, unambiguous name, JSON object, @file or -.
    .PARAMETER EncryptionType
    Kind of encryption; with a disk encryption set: the customer's key.
    .PARAMETER SkuName
    Not supported: a disk here is files on this machine: it has no performance to set.
    .PARAMETER Tier
    Not supported: a disk here is files on this machine: it has no performance to set.
    .PARAMETER DiskIOPSReadOnly
    Not supported: a disk here is files on this machine: it has no performance to set.
    .PARAMETER DiskMBpsReadOnly
    Not supported: a disk here is files on this machine: it has no performance to set.
    .PARAMETER DiskIOPSReadWrite
    Not supported: a disk here is files on this machine: it has no performance to set.
    .PARAMETER DiskMBpsReadWrite
    Not supported: a disk here is files on this machine: it has no performance to set.
    .PARAMETER BurstingEnabled
    Not supported: a disk here is files on this machine: it has no performance to set.
    .PARAMETER DiskSizeGB
    Not supported: a restored disk has the size of its recovery point.
    .PARAMETER MaxSharesCount
    Not supported: rsv backs machines up and does not run them.
    .PARAMETER PurchasePlan
    Not supported: rsv backs machines up and does not run them.
    .PARAMETER SupportsHibernation
    Not supported: rsv backs machines up and does not run them.
    .PARAMETER AcceleratedNetwork
    Not supported: rsv backs machines up and does not run them.
    .PARAMETER ActionOnDiskDelay
    Not supported: rsv backs machines up and does not run them.
    .PARAMETER Architecture
    Not supported: rsv backs machines up and does not run them.
    .PARAMETER SupportedSecurityOption
    Not supported: rsv backs machines up and does not run them.
    .PARAMETER NetworkAccessPolicy
    Not supported: there is no network on this machine to open a disk to.
    .PARAMETER DiskAccessId
    Not supported: there is no network on this machine to open a disk to.
    .PARAMETER PublicNetworkAccess
    Not supported: there is no network on this machine to open a disk to.
    .PARAMETER DataAccessAuthMode
    Not supported: a disk is read with the token of Grant-AzDiskAccess alone.
    .PARAMETER EncryptionSettingsEnabled
    Not supported: rsv keeps no Azure Disk Encryption keys.
    .PARAMETER DiskEncryptionKey
    Not supported: rsv keeps no Azure Disk Encryption keys.
    .PARAMETER KeyEncryptionKey
    Not supported: rsv keeps no Azure Disk Encryption keys.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter(Position = 1)]
        [ValidateSet('Windows', 'Linux')]
        [object]$OsType,
        [Parameter(Position = 3)]
        [object[]]$Tag,
        [Parameter()]
        [object]$DiskEncryptionSetId,
        [Parameter()]
        [ValidateSet('EncryptionAtRestWithPlatformKey', 'EncryptionAtRestWithCustomerKey', 'EncryptionAtRestWithPlatformAndCustomerKeys')]
        [object]$EncryptionType,
        [Parameter(DontShow = $true)]
        [object]$SkuName,
        [Parameter(DontShow = $true)]
        [object]$Tier,
        [Parameter(DontShow = $true)]
        [object]$DiskIOPSReadOnly,
        [Parameter(DontShow = $true)]
        [object]$DiskMBpsReadOnly,
        [Parameter(DontShow = $true)]
        [object]$DiskIOPSReadWrite,
        [Parameter(DontShow = $true)]
        [object]$DiskMBpsReadWrite,
        [Parameter(DontShow = $true)]
        [object]$BurstingEnabled,
        [Parameter(DontShow = $true)]
        [object]$DiskSizeGB,
        [Parameter(DontShow = $true)]
        [object]$MaxSharesCount,
        [Parameter(DontShow = $true)]
        [object]$PurchasePlan,
        [Parameter(DontShow = $true)]
        [object]$SupportsHibernation,
        [Parameter(DontShow = $true)]
        [object]$AcceleratedNetwork,
        [Parameter(DontShow = $true)]
        [object]$ActionOnDiskDelay,
        [Parameter(DontShow = $true)]
        [object]$Architecture,
        [Parameter(DontShow = $true)]
        [object]$SupportedSecurityOption,
        [Parameter(DontShow = $true)]
        [object]$NetworkAccessPolicy,
        [Parameter(DontShow = $true)]
        [object]$DiskAccessId,
        [Parameter(DontShow = $true)]
        [object]$PublicNetworkAccess,
        [Parameter(DontShow = $true)]
        [object]$DataAccessAuthMode,
        [Parameter(DontShow = $true)]
        [object]$EncryptionSettingsEnabled,
        [Parameter(DontShow = $true)]
        [object]$DiskEncryptionKey,
        [Parameter(DontShow = $true)]
        [object]$KeyEncryptionKey
    )
    process { Invoke-Rsv 'New-AzDiskUpdateConfig' $PSBoundParameters $PSCmdlet '' }
}

function Update-AzDisk {
    <#
    .SYNOPSIS
    Change a managed disk: what it is encrypted under, or its tags.
    .PARAMETER ResourceGroupName
    Resource group.
    .PARAMETER DiskName
    Name of the disk.
    .PARAMETER DiskUpdate
    What changes, of New-AzDiskUpdateConfig: JSON object, @file or -.
    .PARAMETER Disk
    The disk as it shall be, of Get-AzDisk: JSON object, @file or -.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true, Position = 0)]
        [object]$ResourceGroupName,
        [Parameter(Mandatory = $true, Position = 1)]
        [Alias('Name')]
        [object]$DiskName,
        [Parameter(Position = 2)]
        [object]$DiskUpdate,
        [Parameter()]
        [object]$Disk
    )
    process { Invoke-Rsv 'Update-AzDisk' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Remove-AzDisk {
    <#
    .SYNOPSIS
    Delete a managed disk and its data.
    .PARAMETER ResourceGroupName
    Resource group.
    .PARAMETER DiskName
    Name of the disk.
    .PARAMETER Force
    Do not ask.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'High', PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true, Position = 0)]
        [object]$ResourceGroupName,
        [Parameter(Mandatory = $true, Position = 1)]
        [Alias('Name')]
        [object]$DiskName,
        [Parameter()]
        [switch]$Force
    )
    process { Invoke-Rsv 'Remove-AzDisk' $PSBoundParameters $PSCmdlet 'High' }
}

function Grant-AzDiskAccess {
    <#
    .SYNOPSIS
    Get a token that reads a managed disk until it expires.
    .PARAMETER ResourceGroupName
    Resource group.
    .PARAMETER DiskName
    Name of the disk.
    .PARAMETER Access
    What the token allows.
    .PARAMETER DurationInSecond
    Seconds until the token expires.
    .PARAMETER SecureVMGuestStateSAS
    Not supported: rsv has no confidential machines.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true, Position = 0)]
        [object]$ResourceGroupName,
        [Parameter(Mandatory = $true, Position = 1)]
        [Alias('Name')]
        [object]$DiskName,
        [Parameter(Mandatory = $true, Position = 2)]
        [ValidateSet('Read', 'Write', 'None')]
        [object]$Access,
        [Parameter(Mandatory = $true, Position = 3)]
        [object]$DurationInSecond,
        [Parameter(DontShow = $true)]
        [object]$SecureVMGuestStateSAS
    )
    process { Invoke-Rsv 'Grant-AzDiskAccess' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Revoke-AzDiskAccess {
    <#
    .SYNOPSIS
    End all access to a managed disk: its tokens are useless then.
    .PARAMETER ResourceGroupName
    Resource group.
    .PARAMETER DiskName
    Name of the disk.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true, Position = 0)]
        [object]$ResourceGroupName,
        [Parameter(Mandatory = $true, Position = 1)]
        [Alias('Name')]
        [object]$DiskName
    )
    process { Invoke-Rsv 'Revoke-AzDiskAccess' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Save-AzVhd {
    <#
    .SYNOPSIS
    Write a managed disk to a raw image file.
    .PARAMETER SourceUri
    The access token of Grant-AzDiskAccess, or - to read it from standard input.
    .PARAMETER LocalFilePath
    The file to write.
    .PARAMETER OverWrite
    Replace the file if there is one.
    .PARAMETER StorageKey
    Not supported: the access token is all that is needed.
    .PARAMETER NumberOfThreads
    Not supported: all cores are used.
    .PARAMETER ResourceGroupName
    Not supported: the access token names the disk.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true, Position = 0)]
        [Alias('su')]
        [object]$SourceUri,
        [Parameter(Mandatory = $true, Position = 1)]
        [Alias('lf')]
        [object]$LocalFilePath,
        [Parameter()]
        [switch]$OverWrite,
        [Parameter(DontShow = $true)]
        [object]$StorageKey,
        [Parameter(DontShow = $true)]
        [object]$NumberOfThreads,
        [Parameter(DontShow = $true)]
        [object]$ResourceGroupName
    )
    process { Invoke-Rsv 'Save-AzVhd' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Get-AzActivityLog {
    <#
    .SYNOPSIS
    Show what was changed or refused, newest first.
    .PARAMETER CorrelationId
    Only what one command or job did: its id.
    .PARAMETER ResourceGroupName
    Only what was done in this resource group.
    .PARAMETER ResourceId
    Only what was done to this resource or inside it: its id.
    .PARAMETER ResourceProvider
    Only operations of this provider, such as Microsoft.KeyVault.
    .PARAMETER StartTime
    From then on (UTC), 90 days ago at most; absent: 7 days before -EndTime.
    .PARAMETER EndTime
    Until then (UTC); absent: now.
    .PARAMETER Status
    Only operations that ended like this.
    .PARAMETER Caller
    Only operations of this account.
    .PARAMETER DetailedOutput
    Show every property.
    .PARAMETER MaxRecord
    At most so many, the newest, 1-100000; absent: 1000.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter(Position = 0)]
        [object]$CorrelationId,
        [Parameter()]
        [Alias('ResourceGroup')]
        [object]$ResourceGroupName,
        [Parameter()]
        [object]$ResourceId,
        [Parameter()]
        [object]$ResourceProvider,
        [Parameter()]
        [object]$StartTime,
        [Parameter()]
        [object]$EndTime,
        [Parameter()]
        [ValidateSet('Started', 'Accepted', 'In progress', 'Succeeded', 'Failed', 'Active', 'Resolved')]
        [object]$Status,
        [Parameter()]
        [object]$Caller,
        [Parameter()]
        [switch]$DetailedOutput,
        [Parameter()]
        [object]$MaxRecord
    )
    process { Invoke-Rsv 'Get-AzActivityLog' $PSBoundParameters $PSCmdlet '' }
}

function Test-RsvActivityLog {
    <#
    .SYNOPSIS
    Verify that no line of the activity log was changed or lost.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param()
    process { Invoke-Rsv 'Test-RsvActivityLog' $PSBoundParameters $PSCmdlet '' }
}

function Initialize-RsvHome {
    <#
    .SYNOPSIS
    Make a home, or show where this one and its root key are.
    .PARAMETER Rehearsal
    Take the time from RSV_NOW, for ever; only while the home holds no resources.
    .PARAMETER Passphrase
    Keep the root key of the new home under a passphrase, asked for on the terminal; with -PassphraseFile or -PassphraseFd a new home has one anyway.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter()]
        [switch]$Rehearsal,
        [Parameter()]
        [switch]$Passphrase
    )
    process { Invoke-Rsv 'Initialize-RsvHome' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Update-RsvRootKey {
    <#
    .SYNOPSIS
    Put the root key under a passphrase, change the passphrase, or take it away.
    .PARAMETER NewPassphrase
    Ask for the new passphrase on the terminal.
    .PARAMETER NewPassphraseFile
    Read the new passphrase from this file or pipe.
    .PARAMETER NewPassphraseFd
    Read the new passphrase from this open descriptor.
    .PARAMETER KeyFile
    Take the passphrase away: keep the root key in a file that whoever reads it can use.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter()]
        [switch]$NewPassphrase,
        [Parameter()]
        [object]$NewPassphraseFile,
        [Parameter()]
        [object]$NewPassphraseFd,
        [Parameter()]
        [switch]$KeyFile
    )
    process { Invoke-Rsv 'Update-RsvRootKey' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Approve-RsvRollback {
    <#
    .SYNOPSIS
    Accept a state that is older than what this machine has seen.
    .PARAMETER Reason
    Why the older state is the right one; kept in the activity log.
    .PARAMETER Force
    Do not ask.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'High', PositionalBinding = $false)]
    param(
        [Parameter()]
        [object]$Reason,
        [Parameter()]
        [switch]$Force
    )
    process { Invoke-Rsv 'Approve-RsvRollback' $PSBoundParameters $PSCmdlet 'High' }
}

function New-AzUserAssignedIdentity {
    <#
    .SYNOPSIS
    Create a user-assigned identity, or update its tags.
    .PARAMETER Name
    Name: 3-128 letters, digits, '-' or '_'.
    .PARAMETER ResourceGroupName
    Resource group.
    .PARAMETER Location
    Region.
    .PARAMETER Tag
    Tags, as name=value.
    .PARAMETER SubscriptionId
    Subscription; absent: the context's.
    .PARAMETER JsonFilePath
    Not supported: give -Location and -Tag.
    .PARAMETER JsonString
    Not supported: give -Location and -Tag.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true)]
        [object]$Name,
        [Parameter(Mandatory = $true)]
        [object]$ResourceGroupName,
        [Parameter(Mandatory = $true)]
        [object]$Location,
        [Parameter()]
        [object[]]$Tag,
        [Parameter()]
        [object]$SubscriptionId,
        [Parameter(DontShow = $true)]
        [object]$JsonFilePath,
        [Parameter(DontShow = $true)]
        [object]$JsonString
    )
    process { Invoke-Rsv 'New-AzUserAssignedIdentity' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Get-AzUserAssignedIdentity {
    <#
    .SYNOPSIS
    Get one user-assigned identity, or list them.
    .PARAMETER ResourceGroupName
    Resource group; wildcards are taken.
    .PARAMETER Name
    Name; without it: a list.
    .PARAMETER InputObject
    The identity: id, name, JSON object, @file or -.
    .PARAMETER SubscriptionId
    Not supported: it lists the context's subscription: choose it with Set-AzContext.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter()]
        [object]$ResourceGroupName,
        [Parameter()]
        [object]$Name,
        [Parameter(ValueFromPipeline = $true)]
        [object]$InputObject,
        [Parameter(DontShow = $true)]
        [object]$SubscriptionId
    )
    process { Invoke-Rsv 'Get-AzUserAssignedIdentity' $PSBoundParameters $PSCmdlet '' }
}

function New-AzRoleAssignment {
    <#
    .SYNOPSIS
    Give a principal a role on keys; counts in RBAC key vaults only.
    .PARAMETER ObjectId
    Object id of the principal.
    .PARAMETER SignInName
    Sign-in name of the account.
    .PARAMETER ApplicationId
    Client id of a user-assigned identity.
    .PARAMETER Scope
    Scope: id of a key vault, of a key of one, of a resource group, or of a subscription.
    .PARAMETER ResourceGroupName
    Resource group.
    .PARAMETER ResourceName
    Name of a key vault in that group.
    .PARAMETER ResourceType
    Its type: Microsoft.KeyVault/vaults.
    .PARAMETER RoleDefinitionName
    Name of the role, such as 'Key Vault Crypto Service Encryption User'.
    .PARAMETER RoleDefinitionId
    Id of the role.
    .PARAMETER Description
    Free text.
    .PARAMETER ObjectType
    What the principal is.
    .PARAMETER AllowDelegation
    Not supported: role assignments in rsv are not delegated.
    .PARAMETER Condition
    Not supported: conditions of role assignments are not in rsv.
    .PARAMETER ConditionVersion
    Not supported: conditions of role assignments are not in rsv.
    .PARAMETER InputFile
    Not supported: give the parameters.
    .PARAMETER ParentResource
    Not supported: give the id of the key as -Scope.
    .PARAMETER SkipClientSideScopeValidation
    Not supported: a scope in rsv has to exist.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter()]
        [Alias('Id', 'PrincipalId')]
        [object]$ObjectId,
        [Parameter()]
        [Alias('Email', 'UserPrincipalName')]
        [object]$SignInName,
        [Parameter()]
        [Alias('SPN', 'ServicePrincipalName')]
        [object]$ApplicationId,
        [Parameter()]
        [object]$Scope,
        [Parameter()]
        [object]$ResourceGroupName,
        [Parameter()]
        [object]$ResourceName,
        [Parameter()]
        [object]$ResourceType,
        [Parameter()]
        [object]$RoleDefinitionName,
        [Parameter()]
        [object]$RoleDefinitionId,
        [Parameter()]
        [object]$Description,
        [Parameter()]
        [Alias('PrincipalType')]
        [ValidateSet('User', 'Group', 'ServicePrincipal')]
        [object]$ObjectType,
        [Parameter(DontShow = $true)]
        [switch]$AllowDelegation,
        [Parameter(DontShow = $true)]
        [object]$Condition,
        [Parameter(DontShow = $true)]
        [object]$ConditionVersion,
        [Parameter(DontShow = $true)]
        [object]$InputFile,
        [Parameter(DontShow = $true)]
        [object]$ParentResource,
        [Parameter(DontShow = $true)]
        [switch]$SkipClientSideScopeValidation
    )
    process { Invoke-Rsv 'New-AzRoleAssignment' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Get-AzRoleAssignment {
    <#
    .SYNOPSIS
    List role assignments: all, or those that hold at a scope.
    .PARAMETER ObjectId
    Object id of the principal.
    .PARAMETER SignInName
    Sign-in name of the account.
    .PARAMETER ApplicationId
    Client id of a user-assigned identity.
    .PARAMETER Scope
    Scope: id of a key vault, of a key of one, of a resource group, or of a subscription.
    .PARAMETER ResourceGroupName
    Resource group.
    .PARAMETER ResourceName
    Name of a key vault in that group.
    .PARAMETER ResourceType
    Its type: Microsoft.KeyVault/vaults.
    .PARAMETER RoleDefinitionName
    Name of the role, such as 'Key Vault Crypto Service Encryption User'.
    .PARAMETER RoleDefinitionId
    Id of the role.
    .PARAMETER AtScope
    Only those given at this very scope, not those from further up.
    .PARAMETER ExpandPrincipalGroups
    Not supported: rsv has no groups of principals.
    .PARAMETER IncludeClassicAdministrators
    Not supported: rsv has no classic administrators.
    .PARAMETER ParentResource
    Not supported: give the id of the key as -Scope.
    .PARAMETER SkipClientSideScopeValidation
    Not supported: a scope in rsv has to exist.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter()]
        [Alias('Id', 'PrincipalId')]
        [object]$ObjectId,
        [Parameter()]
        [Alias('Email', 'UserPrincipalName')]
        [object]$SignInName,
        [Parameter()]
        [Alias('SPN', 'ServicePrincipalName')]
        [object]$ApplicationId,
        [Parameter()]
        [object]$Scope,
        [Parameter()]
        [object]$ResourceGroupName,
        [Parameter()]
        [object]$ResourceName,
        [Parameter()]
        [object]$ResourceType,
        [Parameter()]
        [object]$RoleDefinitionName,
        [Parameter()]
        [object]$RoleDefinitionId,
        [Parameter()]
        [switch]$AtScope,
        [Parameter(DontShow = $true)]
        [switch]$ExpandPrincipalGroups,
        [Parameter(DontShow = $true)]
        [switch]$IncludeClassicAdministrators,
        [Parameter(DontShow = $true)]
        [object]$ParentResource,
        [Parameter(DontShow = $true)]
        [switch]$SkipClientSideScopeValidation
    )
    process { Invoke-Rsv 'Get-AzRoleAssignment' $PSBoundParameters $PSCmdlet '' }
}

function Remove-AzRoleAssignment {
    <#
    .SYNOPSIS
    Take a role on keys away from a principal.
    .PARAMETER ObjectId
    Object id of the principal.
    .PARAMETER SignInName
    Sign-in name of the account.
    .PARAMETER ApplicationId
    Client id of a user-assigned identity.
    .PARAMETER Scope
    Scope: id of a key vault, of a key of one, of a resource group, or of a subscription.
    .PARAMETER ResourceGroupName
    Resource group.
    .PARAMETER ResourceName
    Name of a key vault in that group.
    .PARAMETER ResourceType
    Its type: Microsoft.KeyVault/vaults.
    .PARAMETER RoleDefinitionName
    Name of the role, such as 'Key Vault Crypto Service Encryption User'.
    .PARAMETER RoleDefinitionId
    Id of the role.
    .PARAMETER InputObject
    The assignment: JSON object, id, @file or -.
    .PARAMETER PassThru
    Print what was removed.
    .PARAMETER ParentResource
    Not supported: give the id of the key as -Scope.
    .PARAMETER SkipClientSideScopeValidation
    Not supported: a scope in rsv has to exist.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter()]
        [Alias('Id', 'PrincipalId')]
        [object]$ObjectId,
        [Parameter()]
        [Alias('Email', 'UserPrincipalName')]
        [object]$SignInName,
        [Parameter()]
        [Alias('SPN', 'ServicePrincipalName')]
        [object]$ApplicationId,
        [Parameter()]
        [object]$Scope,
        [Parameter()]
        [object]$ResourceGroupName,
        [Parameter()]
        [object]$ResourceName,
        [Parameter()]
        [object]$ResourceType,
        [Parameter()]
        [object]$RoleDefinitionName,
        [Parameter()]
        [object]$RoleDefinitionId,
        [Parameter(ValueFromPipeline = $true)]
        [object]$InputObject,
        [Parameter()]
        [switch]$PassThru,
        [Parameter(DontShow = $true)]
        [object]$ParentResource,
        [Parameter(DontShow = $true)]
        [switch]$SkipClientSideScopeValidation
    )
    process { Invoke-Rsv 'Remove-AzRoleAssignment' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Get-AzADServicePrincipal {
    <#
    .SYNOPSIS
    List the managed identities of this home.
    .PARAMETER ObjectId
    Object id.
    .PARAMETER DisplayName
    Name of the resource whose identity it is.
    .PARAMETER DisplayNameBeginsWith
    How that name begins.
    .PARAMETER ApplicationId
    Client id of a user-assigned identity.
    .PARAMETER First
    Print at most this many.
    .PARAMETER Skip
    Leave this many out.
    .PARAMETER ApplicationObject
    Not supported: rsv has no directory of applications.
    .PARAMETER Select
    Not supported: -Query picks properties.
    .PARAMETER AppendSelected
    Not supported: -Query picks properties.
    .PARAMETER Filter
    Not supported: rsv has no Microsoft Graph: use -DisplayName.
    .PARAMETER Search
    Not supported: rsv has no Microsoft Graph: use -DisplayNameBeginsWith.
    .PARAMETER Orderby
    Not supported: rsv has no Microsoft Graph.
    .PARAMETER ConsistencyLevel
    Not supported: rsv has no Microsoft Graph.
    .PARAMETER Count
    Not supported: rsv has no Microsoft Graph.
    .PARAMETER CountVariable
    Not supported: rsv has no variables.
    .PARAMETER IncludeTotalCount
    Not supported: rsv has no Microsoft Graph.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter()]
        [Alias('ServicePrincipalId', 'Id')]
        [object]$ObjectId,
        [Parameter()]
        [object]$DisplayName,
        [Parameter()]
        [Alias('DisplayNameStartsWith', 'SearchString')]
        [object]$DisplayNameBeginsWith,
        [Parameter()]
        [Alias('AppId', 'ServicePrincipalName', 'SPN')]
        [object]$ApplicationId,
        [Parameter()]
        [object]$First,
        [Parameter()]
        [object]$Skip,
        [Parameter(DontShow = $true)]
        [object]$ApplicationObject,
        [Parameter(DontShow = $true)]
        [object]$Select,
        [Parameter(DontShow = $true)]
        [switch]$AppendSelected,
        [Parameter(DontShow = $true)]
        [object]$Filter,
        [Parameter(DontShow = $true)]
        [object]$Search,
        [Parameter(DontShow = $true)]
        [object]$Orderby,
        [Parameter(DontShow = $true)]
        [object]$ConsistencyLevel,
        [Parameter(DontShow = $true)]
        [object]$Count,
        [Parameter(DontShow = $true)]
        [object]$CountVariable,
        [Parameter(DontShow = $true)]
        [switch]$IncludeTotalCount
    )
    process { Invoke-Rsv 'Get-AzADServicePrincipal' $PSBoundParameters $PSCmdlet '' }
}

function Test-RsvVault {
    <#
    .SYNOPSIS
    Verify that a vault's data and its local snapshots are whole and intact.
    .PARAMETER VaultId
    The vault: id, name, JSON object, @file or -; absent: the vault context.
    .PARAMETER Level
    How far to go; absent: Index.
    .PARAMETER Percent
    Percent of the data that -Level Sample reads, 1 to 100; absent: 10.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter()]
        [object]$VaultId,
        [Parameter()]
        [ValidateSet('Structure', 'Index', 'Sample', 'Full')]
        [object]$Level,
        [Parameter()]
        [object]$Percent
    )
    process { Invoke-Rsv 'Test-RsvVault' $PSBoundParameters $PSCmdlet '' }
}

function Repair-RsvVault {
    <#
    .SYNOPSIS
    Set damaged packs aside and make the index anew.
    .PARAMETER VaultId
    The vault: id, name, JSON object, @file or -; absent: the vault context.
    .PARAMETER SetAsidePoints
    Also set aside what no key of the vault made among the recovery points, such as a forged newest one; an item stays as it is unless the rest is a whole chain up to its known newest.
    .PARAMETER GiveUpPoints
    As -SetAsidePoints, and give up recovery points that are damaged or gone: the others of their item can be used again.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter()]
        [object]$VaultId,
        [Parameter()]
        [switch]$SetAsidePoints,
        [Parameter()]
        [switch]$GiveUpPoints
    )
    process { Invoke-Rsv 'Repair-RsvVault' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Import-RsvVault {
    <#
    .SYNOPSIS
    Open the folder of a vault that another home made, and prove all of its recovery points.
    .PARAMETER Path
    The vault's folder: the one that is named by the vault's id.
    .PARAMETER ResourceGroupName
    Resource group the vault comes into.
    .PARAMETER Name
    Name of the vault here.
    .PARAMETER Location
    Region; absent: that of the recovery points.
    .PARAMETER UserAssignedIdentity
    Identity that uses the customer's key, attached to the vault; absent: the signed-in account proves the key, and the vault gets an identity of its own.
    .PARAMETER RootKeyFile
    Root key file of the old home; needed for a vault that has no customer key.
    .PARAMETER RootKeyPassphraseFile
    File or pipe with the passphrase of -RootKeyFile; absent: the terminal is asked.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true)]
        [object]$Path,
        [Parameter(Mandatory = $true)]
        [object]$ResourceGroupName,
        [Parameter(Mandatory = $true)]
        [object]$Name,
        [Parameter()]
        [object]$Location,
        [Parameter()]
        [object]$UserAssignedIdentity,
        [Parameter()]
        [object]$RootKeyFile,
        [Parameter()]
        [object]$RootKeyPassphraseFile
    )
    process { Invoke-Rsv 'Import-RsvVault' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Optimize-RsvVault {
    <#
    .SYNOPSIS
    Remove expired recovery points, purged items and the bytes nothing needs any more.
    .PARAMETER VaultId
    The vault: id, name, JSON object, @file or -; absent: the vault context.
    .PARAMETER MinimumFill
    Packs of which less is needed are copied into new ones, in percent, 0 to 100; absent: 50.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter()]
        [object]$VaultId,
        [Parameter()]
        [object]$MinimumFill
    )
    process { Invoke-Rsv 'Optimize-RsvVault' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Move-RsvSubscription {
    <#
    .SYNOPSIS
    Take a subscription to another tenant: identities, permissions and keys stop working.
    .PARAMETER TenantId
    Tenant that it goes to.
    .PARAMETER Subscription
    Subscription: id or name; absent: the context's.
    .PARAMETER Force
    Do not ask.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'High', PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true, Position = 1)]
        [object]$TenantId,
        [Parameter()]
        [Alias('SubscriptionId')]
        [object]$Subscription,
        [Parameter()]
        [switch]$Force
    )
    process { Invoke-Rsv 'Move-RsvSubscription' $PSBoundParameters $PSCmdlet 'High' }
}

function New-RsvSubscription {
    <#
    .SYNOPSIS
    Add a subscription to the home, in the account's tenant.
    .PARAMETER Name
    Name, as no other subscription has it.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true)]
        [Alias('SubscriptionName')]
        [object]$Name
    )
    process { Invoke-Rsv 'New-RsvSubscription' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Test-RsvKeyRevocation {
    <#
    .SYNOPSIS
    Rehearse the loss of a vault's key: nothing can be read without it, a sample with it.
    .PARAMETER VaultId
    The vault: id, name, JSON object, @file or -; absent: the vault context.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter()]
        [object]$VaultId
    )
    process { Invoke-Rsv 'Test-RsvKeyRevocation' $PSBoundParameters $PSCmdlet '' }
}

function Get-AzRecoveryServicesBackupProperty {
    <#
    .SYNOPSIS
    Show the storage redundancy of a vault.
    .PARAMETER Vault
    The vault: id, name, JSON object, @file or -.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true, ValueFromPipeline = $true)]
        [object]$Vault
    )
    process { Invoke-Rsv 'Get-AzRecoveryServicesBackupProperty' $PSBoundParameters $PSCmdlet '' }
}

function Set-AzRecoveryServicesBackupProperty {
    <#
    .SYNOPSIS
    Set the storage redundancy of a vault that protects nothing.
    .PARAMETER Vault
    The vault: id, name, JSON object, @file or -.
    .PARAMETER BackupStorageRedundancy
    Redundancy to be shown; there is one copy here, and it is fixed once items are protected.
    .PARAMETER EnableCrossRegionRestore
    Not supported: one machine is one region: there is no other one to restore from.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true, ValueFromPipeline = $true)]
        [object]$Vault,
        [Parameter()]
        [ValidateSet('GeoRedundant', 'ZoneRedundant', 'LocallyRedundant')]
        [object]$BackupStorageRedundancy,
        [Parameter(DontShow = $true)]
        [object]$EnableCrossRegionRestore
    )
    process { Invoke-Rsv 'Set-AzRecoveryServicesBackupProperty' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Get-AzRecoveryServicesBackupStatus {
    <#
    .SYNOPSIS
    Say whether a machine is protected, and by which vault.
    .PARAMETER Name
    Name of the machine.
    .PARAMETER ResourceGroupName
    Resource group of the machine.
    .PARAMETER Type
    Kind of resource; rsv has machines.
    .PARAMETER ResourceId
    Id of the machine.
    .PARAMETER ProtectableObjectName
    Not supported: file shares are not in rsv yet.
    #>
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter()]
        [object]$Name,
        [Parameter()]
        [object]$ResourceGroupName,
        [Parameter()]
        [ValidateSet('AzureVM', 'AzureFiles')]
        [object]$Type,
        [Parameter()]
        [object]$ResourceId,
        [Parameter(DontShow = $true)]
        [object]$ProtectableObjectName
    )
    process { Invoke-Rsv 'Get-AzRecoveryServicesBackupStatus' $PSBoundParameters $PSCmdlet '' }
}

function New-RsvDekEpoch {
    <#
    .SYNOPSIS
    Put new backup data of a vault under a new data-encryption key.
    .PARAMETER VaultId
    The vault: id, name, JSON object, @file or -; absent: the vault context.
    .PARAMETER AfterLeak
    The old key is known to others: chunk ids change too, and the next backup stores all anew.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter()]
        [object]$VaultId,
        [Parameter()]
        [switch]$AfterLeak
    )
    process { Invoke-Rsv 'New-RsvDekEpoch' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Update-RsvVaultEncryption {
    <#
    .SYNOPSIS
    Encrypt all data of a vault anew under a new data-encryption key, and remove the old data.
    .PARAMETER VaultId
    The vault: id, name, JSON object, @file or -; absent: the vault context.
    .PARAMETER SkipDamaged
    Leave out recovery points that are damaged: they are gone afterwards; absent: nothing is switched while one is.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter()]
        [object]$VaultId,
        [Parameter()]
        [switch]$SkipDamaged
    )
    process { Invoke-Rsv 'Update-RsvVaultEncryption' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Install-RsvCompletion {
    <#
    .SYNOPSIS
    Make a shell complete rsv's words with the Tab key.
    .PARAMETER Shell
    The shell.
    .PARAMETER Path
    The file to write; absent: where bash or fish looks by itself, for zsh and pwsh none.
    .PARAMETER Force
    Replace a file that rsv did not write.
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', PositionalBinding = $false)]
    param(
        [Parameter(Mandatory = $true, Position = 0)]
        [ValidateSet('bash', 'zsh', 'fish', 'pwsh')]
        [object]$Shell,
        [Parameter(Position = 1)]
        [object]$Path,
        [Parameter()]
        [switch]$Force
    )
    process { Invoke-Rsv 'Install-RsvCompletion' $PSBoundParameters $PSCmdlet 'Medium' }
}

function Disable-AzRecoveryServicesBackupRPMountScript {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Disable-AzRecoveryServicesBackupRPMountScript' @{} $PSCmdlet '' }
}

function Get-AzRecoveryServicesBackupRPMountScript {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Get-AzRecoveryServicesBackupRPMountScript' @{} $PSCmdlet '' }
}

function Get-AzRecoveryServicesResourceGuardMapping {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Get-AzRecoveryServicesResourceGuardMapping' @{} $PSCmdlet '' }
}

function Remove-AzRecoveryServicesResourceGuardMapping {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Remove-AzRecoveryServicesResourceGuardMapping' @{} $PSCmdlet '' }
}

function Set-AzRecoveryServicesResourceGuardMapping {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Set-AzRecoveryServicesResourceGuardMapping' @{} $PSCmdlet '' }
}

function Enable-AzRecoveryServicesBackupAutoProtection {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Enable-AzRecoveryServicesBackupAutoProtection' @{} $PSCmdlet '' }
}

function Disable-AzRecoveryServicesBackupAutoProtection {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Disable-AzRecoveryServicesBackupAutoProtection' @{} $PSCmdlet '' }
}

function Get-AzRecoveryServicesBackupProtectableItem {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Get-AzRecoveryServicesBackupProtectableItem' @{} $PSCmdlet '' }
}

function Initialize-AzRecoveryServicesBackupProtectableItem {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Initialize-AzRecoveryServicesBackupProtectableItem' @{} $PSCmdlet '' }
}

function Get-AzRecoveryServicesBackupRecoveryLogChain {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Get-AzRecoveryServicesBackupRecoveryLogChain' @{} $PSCmdlet '' }
}

function Get-AzRecoveryServicesBackupWorkloadRecoveryConfig {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Get-AzRecoveryServicesBackupWorkloadRecoveryConfig' @{} $PSCmdlet '' }
}

function Undo-AzRecoveryServicesBackupContainerDeletion {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Undo-AzRecoveryServicesBackupContainerDeletion' @{} $PSCmdlet '' }
}

function Get-AzRecoveryServicesBackupManagementServer {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Get-AzRecoveryServicesBackupManagementServer' @{} $PSCmdlet '' }
}

function Unregister-AzRecoveryServicesBackupManagementServer {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Unregister-AzRecoveryServicesBackupManagementServer' @{} $PSCmdlet '' }
}

function Get-AzRecoveryServicesVaultSettingsFile {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Get-AzRecoveryServicesVaultSettingsFile' @{} $PSCmdlet '' }
}

function Get-AzRecoveryServicesBackupRecommendedArchivableRPGroup {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Get-AzRecoveryServicesBackupRecommendedArchivableRPGroup' @{} $PSCmdlet '' }
}

function Move-AzRecoveryServicesBackupRecoveryPoint {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Move-AzRecoveryServicesBackupRecoveryPoint' @{} $PSCmdlet '' }
}

function Copy-AzRecoveryServicesVault {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Copy-AzRecoveryServicesVault' @{} $PSCmdlet '' }
}

function Initialize-AzRecoveryServicesDSMove {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Initialize-AzRecoveryServicesDSMove' @{} $PSCmdlet '' }
}

function Test-AzRecoveryServicesDSMove {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Test-AzRecoveryServicesDSMove' @{} $PSCmdlet '' }
}

function Get-AzRecoveryServicesSoftDeletedVaultBackupItem {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Get-AzRecoveryServicesSoftDeletedVaultBackupItem' @{} $PSCmdlet '' }
}

function Redo-AzRecoveryServicesBackupProtection {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Redo-AzRecoveryServicesBackupProtection' @{} $PSCmdlet '' }
}

function Edit-AzRecoveryServicesBackupRetentionPolicyClientObject {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Edit-AzRecoveryServicesBackupRetentionPolicyClientObject' @{} $PSCmdlet '' }
}

function Edit-AzRecoveryServicesBackupSchedulePolicyClientObject {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Edit-AzRecoveryServicesBackupSchedulePolicyClientObject' @{} $PSCmdlet '' }
}

function Get-AzKeyVaultSecret {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Get-AzKeyVaultSecret' @{} $PSCmdlet '' }
}

function Set-AzKeyVaultSecret {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Set-AzKeyVaultSecret' @{} $PSCmdlet '' }
}

function Remove-AzKeyVaultSecret {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Remove-AzKeyVaultSecret' @{} $PSCmdlet '' }
}

function Update-AzKeyVaultSecret {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Update-AzKeyVaultSecret' @{} $PSCmdlet '' }
}

function Set-AzKeyVaultSecretAttribute {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Set-AzKeyVaultSecretAttribute' @{} $PSCmdlet '' }
}

function Backup-AzKeyVaultSecret {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Backup-AzKeyVaultSecret' @{} $PSCmdlet '' }
}

function Restore-AzKeyVaultSecret {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Restore-AzKeyVaultSecret' @{} $PSCmdlet '' }
}

function Undo-AzKeyVaultSecretRemoval {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Undo-AzKeyVaultSecretRemoval' @{} $PSCmdlet '' }
}

function Backup-AzKeyVaultCertificate {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Backup-AzKeyVaultCertificate' @{} $PSCmdlet '' }
}

function Import-AzKeyVaultCertificate {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Import-AzKeyVaultCertificate' @{} $PSCmdlet '' }
}

function Restore-AzKeyVaultCertificate {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Restore-AzKeyVaultCertificate' @{} $PSCmdlet '' }
}

function Stop-AzKeyVaultCertificateOperation {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Stop-AzKeyVaultCertificateOperation' @{} $PSCmdlet '' }
}

function Undo-AzKeyVaultCertificateRemoval {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Undo-AzKeyVaultCertificateRemoval' @{} $PSCmdlet '' }
}

function Update-AzKeyVaultCertificate {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Update-AzKeyVaultCertificate' @{} $PSCmdlet '' }
}

function Backup-AzKeyVault {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Backup-AzKeyVault' @{} $PSCmdlet '' }
}

function Restore-AzKeyVault {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Restore-AzKeyVault' @{} $PSCmdlet '' }
}

function Export-AzKeyVaultSecurityDomain {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Export-AzKeyVaultSecurityDomain' @{} $PSCmdlet '' }
}

function Import-AzKeyVaultSecurityDomain {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Import-AzKeyVaultSecurityDomain' @{} $PSCmdlet '' }
}

function Initialize-AzKeyVaultSecurityDomainRecovery {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Initialize-AzKeyVaultSecurityDomainRecovery' @{} $PSCmdlet '' }
}

function Restore-AzKeyVaultSecurityDomainBlob {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Restore-AzKeyVaultSecurityDomainBlob' @{} $PSCmdlet '' }
}

function Get-AzKeyVaultSetting {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Get-AzKeyVaultSetting' @{} $PSCmdlet '' }
}

function Update-AzKeyVaultSetting {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Update-AzKeyVaultSetting' @{} $PSCmdlet '' }
}

function Get-AzKeyVaultRandomNumber {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Get-AzKeyVaultRandomNumber' @{} $PSCmdlet '' }
}

function Add-AzKeyVaultNetworkRule {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Add-AzKeyVaultNetworkRule' @{} $PSCmdlet '' }
}

function New-AzKeyVaultNetworkRuleSetObject {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'New-AzKeyVaultNetworkRuleSetObject' @{} $PSCmdlet '' }
}

function Remove-AzKeyVaultNetworkRule {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Remove-AzKeyVaultNetworkRule' @{} $PSCmdlet '' }
}

function Update-AzKeyVaultNetworkRuleSet {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Update-AzKeyVaultNetworkRuleSet' @{} $PSCmdlet '' }
}

function Invoke-AzKeyVaultKeyOperation {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Invoke-AzKeyVaultKeyOperation' @{} $PSCmdlet '' }
}

function New-AzDisk {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'New-AzDisk' @{} $PSCmdlet '' }
}

function New-AzDiskConfig {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'New-AzDiskConfig' @{} $PSCmdlet '' }
}

function New-AzDiskPurchasePlanConfig {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'New-AzDiskPurchasePlanConfig' @{} $PSCmdlet '' }
}

function Set-AzDiskImageReference {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Set-AzDiskImageReference' @{} $PSCmdlet '' }
}

function Set-AzDiskSecurityProfile {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Set-AzDiskSecurityProfile' @{} $PSCmdlet '' }
}

function ConvertTo-AzVMManagedDisk {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'ConvertTo-AzVMManagedDisk' @{} $PSCmdlet '' }
}

function Set-AzDiskDiskEncryptionKey {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Set-AzDiskDiskEncryptionKey' @{} $PSCmdlet '' }
}

function Set-AzDiskKeyEncryptionKey {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Set-AzDiskKeyEncryptionKey' @{} $PSCmdlet '' }
}

function Set-AzDiskUpdateDiskEncryptionKey {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Set-AzDiskUpdateDiskEncryptionKey' @{} $PSCmdlet '' }
}

function Set-AzDiskUpdateKeyEncryptionKey {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Set-AzDiskUpdateKeyEncryptionKey' @{} $PSCmdlet '' }
}

function Set-AzVMDiskEncryptionExtension {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Set-AzVMDiskEncryptionExtension' @{} $PSCmdlet '' }
}

function Get-AzVMDiskEncryptionStatus {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Get-AzVMDiskEncryptionStatus' @{} $PSCmdlet '' }
}

function Remove-AzVMDiskEncryptionExtension {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Remove-AzVMDiskEncryptionExtension' @{} $PSCmdlet '' }
}

function Disable-AzVMDiskEncryption {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Disable-AzVMDiskEncryption' @{} $PSCmdlet '' }
}

function New-AzDiskAccess {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'New-AzDiskAccess' @{} $PSCmdlet '' }
}

function Get-AzDiskAccess {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Get-AzDiskAccess' @{} $PSCmdlet '' }
}

function Remove-AzDiskAccess {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Remove-AzDiskAccess' @{} $PSCmdlet '' }
}

function New-AzSnapshot {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'New-AzSnapshot' @{} $PSCmdlet '' }
}

function New-AzSnapshotConfig {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'New-AzSnapshotConfig' @{} $PSCmdlet '' }
}

function New-AzSnapshotUpdateConfig {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'New-AzSnapshotUpdateConfig' @{} $PSCmdlet '' }
}

function Get-AzSnapshot {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Get-AzSnapshot' @{} $PSCmdlet '' }
}

function Remove-AzSnapshot {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Remove-AzSnapshot' @{} $PSCmdlet '' }
}

function Update-AzSnapshot {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Update-AzSnapshot' @{} $PSCmdlet '' }
}

function Grant-AzSnapshotAccess {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Grant-AzSnapshotAccess' @{} $PSCmdlet '' }
}

function Revoke-AzSnapshotAccess {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Revoke-AzSnapshotAccess' @{} $PSCmdlet '' }
}

function Update-AzRestorePointCollection {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Update-AzRestorePointCollection' @{} $PSCmdlet '' }
}

function Add-AzVhd {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Add-AzVhd' @{} $PSCmdlet '' }
}

function Add-AzVMDataDisk {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Add-AzVMDataDisk' @{} $PSCmdlet '' }
}

function Remove-AzVMDataDisk {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Remove-AzVMDataDisk' @{} $PSCmdlet '' }
}

function Set-AzVMDataDisk {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Set-AzVMDataDisk' @{} $PSCmdlet '' }
}

function Set-AzVMOSDisk {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Set-AzVMOSDisk' @{} $PSCmdlet '' }
}

function New-AzVMDataDisk {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'New-AzVMDataDisk' @{} $PSCmdlet '' }
}

function New-AzVMConfig {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'New-AzVMConfig' @{} $PSCmdlet '' }
}

function Update-AzVM {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Update-AzVM' @{} $PSCmdlet '' }
}

function Start-AzVM {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Start-AzVM' @{} $PSCmdlet '' }
}

function Stop-AzVM {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Stop-AzVM' @{} $PSCmdlet '' }
}

function Restart-AzVM {
    <#
    .SYNOPSIS
    In Azure only, not in rsv.
    #>
    [CmdletBinding()]
    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)
    process { Invoke-Rsv 'Restart-AzVM' @{} $PSCmdlet '' }
}

# What the Tab key offers comes from rsv.
$completer = ${function:Complete-Rsv}
Register-ArgumentCompleter -ParameterName 'AccountId' -ScriptBlock $completer -CommandName @(
    'Connect-AzAccount'
)
Register-ArgumentCompleter -ParameterName 'ApplicationId' -ScriptBlock $completer -CommandName @(
    'Set-AzKeyVaultAccessPolicy',
    'Remove-AzKeyVaultAccessPolicy',
    'New-AzRoleAssignment',
    'Get-AzRoleAssignment',
    'Remove-AzRoleAssignment',
    'Get-AzADServicePrincipal'
)
Register-ArgumentCompleter -ParameterName 'At' -ScriptBlock $completer -CommandName @(
    'Measure-RsvKeyImpact'
)
Register-ArgumentCompleter -ParameterName 'BackupPassphraseFd' -ScriptBlock $completer -CommandName @(
    'Backup-AzKeyVaultKey',
    'Restore-AzKeyVaultKey'
)
Register-ArgumentCompleter -ParameterName 'BackupPassphraseFile' -ScriptBlock $completer -CommandName @(
    'Backup-AzKeyVaultKey',
    'Restore-AzKeyVaultKey'
)
Register-ArgumentCompleter -ParameterName 'Caller' -ScriptBlock $completer -CommandName @(
    'Get-AzActivityLog'
)
Register-ArgumentCompleter -ParameterName 'CompressionLevel' -ScriptBlock $completer -CommandName @(
    'New-AzRecoveryServicesVault',
    'Update-AzRecoveryServicesVault'
)
Register-ArgumentCompleter -ParameterName 'Container' -ScriptBlock $completer -CommandName @(
    'Register-AzRecoveryServicesBackupContainer',
    'Unregister-AzRecoveryServicesBackupContainer',
    'Get-AzRecoveryServicesBackupItem'
)
Register-ArgumentCompleter -ParameterName 'Context' -ScriptBlock $completer -CommandName @(
    'Set-AzContext'
)
Register-ArgumentCompleter -ParameterName 'CorrelationId' -ScriptBlock $completer -CommandName @(
    'Get-AzActivityLog'
)
Register-ArgumentCompleter -ParameterName 'DataDiskPath' -ScriptBlock $completer -CommandName @(
    'New-AzVM'
)
Register-ArgumentCompleter -ParameterName 'Description' -ScriptBlock $completer -CommandName @(
    'New-AzRoleAssignment'
)
Register-ArgumentCompleter -ParameterName 'DestinationResourceGroupName' -ScriptBlock $completer -CommandName @(
    'Move-AzResource'
)
Register-ArgumentCompleter -ParameterName 'DestinationSubscriptionId' -ScriptBlock $completer -CommandName @(
    'Move-AzResource'
)
Register-ArgumentCompleter -ParameterName 'DisableAzureMonitorAlertsForJobFailure' -ScriptBlock $completer -CommandName @(
    'New-AzRecoveryServicesVault',
    'Update-AzRecoveryServicesVault'
)
Register-ArgumentCompleter -ParameterName 'DisableClassicAlerts' -ScriptBlock $completer -CommandName @(
    'New-AzRecoveryServicesVault',
    'Update-AzRecoveryServicesVault'
)
Register-ArgumentCompleter -ParameterName 'DisableHybridBackupSecurityFeature' -ScriptBlock $completer -CommandName @(
    'Set-AzRecoveryServicesVaultProperty'
)
Register-ArgumentCompleter -ParameterName 'DisableRbacAuthorization' -ScriptBlock $completer -CommandName @(
    'Update-AzKeyVault'
)
Register-ArgumentCompleter -ParameterName 'Disk' -ScriptBlock $completer -CommandName @(
    'Update-AzDisk'
)
Register-ArgumentCompleter -ParameterName 'DiskEncryptionSetId' -ScriptBlock $completer -CommandName @(
    'Restore-AzRecoveryServicesBackupItem',
    'New-AzVM',
    'New-AzDiskUpdateConfig'
)
Register-ArgumentCompleter -ParameterName 'DiskEncryptionSetName' -ScriptBlock $completer -CommandName @(
    'Get-AzDiskEncryptionSetAssociatedResource'
)
Register-ArgumentCompleter -ParameterName 'DiskName' -ScriptBlock $completer -CommandName @(
    'Get-AzDisk',
    'Update-AzDisk',
    'Remove-AzDisk',
    'Grant-AzDiskAccess',
    'Revoke-AzDiskAccess'
)
Register-ArgumentCompleter -ParameterName 'DiskUpdate' -ScriptBlock $completer -CommandName @(
    'Update-AzDisk'
)
Register-ArgumentCompleter -ParameterName 'DisplayName' -ScriptBlock $completer -CommandName @(
    'Get-AzADServicePrincipal'
)
Register-ArgumentCompleter -ParameterName 'DisplayNameBeginsWith' -ScriptBlock $completer -CommandName @(
    'Get-AzADServicePrincipal'
)
Register-ArgumentCompleter -ParameterName 'DurationInSecond' -ScriptBlock $completer -CommandName @(
    'Grant-AzDiskAccess'
)
Register-ArgumentCompleter -ParameterName 'Enable' -ScriptBlock $completer -CommandName @(
    'Update-AzKeyVaultKey'
)
Register-ArgumentCompleter -ParameterName 'EnableRbacAuthorization' -ScriptBlock $completer -CommandName @(
    'Update-AzKeyVault'
)
Register-ArgumentCompleter -ParameterName 'EncryptionKeyId' -ScriptBlock $completer -CommandName @(
    'Set-AzRecoveryServicesVaultProperty',
    'Test-RsvEncryptionReadiness'
)
Register-ArgumentCompleter -ParameterName 'EndDate' -ScriptBlock $completer -CommandName @(
    'Get-AzRecoveryServicesBackupRecoveryPoint'
)
Register-ArgumentCompleter -ParameterName 'EndTime' -ScriptBlock $completer -CommandName @(
    'Get-AzActivityLog'
)
Register-ArgumentCompleter -ParameterName 'ExclusionDisksList' -ScriptBlock $completer -CommandName @(
    'Enable-AzRecoveryServicesBackupProtection'
)
Register-ArgumentCompleter -ParameterName 'Expires' -ScriptBlock $completer -CommandName @(
    'Add-AzKeyVaultKey',
    'Update-AzKeyVaultKey'
)
Register-ArgumentCompleter -ParameterName 'ExpiresIn' -ScriptBlock $completer -CommandName @(
    'Set-AzKeyVaultKeyRotationPolicy'
)
Register-ArgumentCompleter -ParameterName 'ExpiryDateTimeUTC' -ScriptBlock $completer -CommandName @(
    'Backup-AzRecoveryServicesBackupItem'
)
Register-ArgumentCompleter -ParameterName 'First' -ScriptBlock $completer -CommandName @(
    'Get-AzADServicePrincipal'
)
Register-ArgumentCompleter -ParameterName 'FriendlyName' -ScriptBlock $completer -CommandName @(
    'Get-AzRecoveryServicesBackupContainer',
    'Get-AzRecoveryServicesBackupItem'
)
Register-ArgumentCompleter -ParameterName 'From' -ScriptBlock $completer -CommandName @(
    'Get-AzRecoveryServicesBackupJob'
)
Register-ArgumentCompleter -ParameterName 'Id' -ScriptBlock $completer -CommandName @(
    'Get-AzResourceGroup',
    'Remove-AzVM'
)
Register-ArgumentCompleter -ParameterName 'IdentityId' -ScriptBlock $completer -CommandName @(
    'Update-AzRecoveryServicesVault'
)
Register-ArgumentCompleter -ParameterName 'InclusionDisksList' -ScriptBlock $completer -CommandName @(
    'Enable-AzRecoveryServicesBackupProtection'
)
Register-ArgumentCompleter -ParameterName 'InputFile' -ScriptBlock $completer -CommandName @(
    'Restore-AzKeyVaultKey'
)
Register-ArgumentCompleter -ParameterName 'InputObject' -ScriptBlock $completer -CommandName @(
    'Set-AzResource',
    'Update-AzKeyVault',
    'Set-AzKeyVaultAccessPolicy',
    'Remove-AzKeyVaultAccessPolicy',
    'Remove-AzKeyVault',
    'Undo-AzKeyVaultRemoval',
    'Add-AzKeyVaultKey',
    'Get-AzKeyVaultKey',
    'Update-AzKeyVaultKey',
    'Remove-AzKeyVaultKey',
    'Undo-AzKeyVaultKeyRemoval',
    'Invoke-AzKeyVaultKeyRotation',
    'Get-AzKeyVaultKeyRotationPolicy',
    'Set-AzKeyVaultKeyRotationPolicy',
    'Backup-AzKeyVaultKey',
    'Restore-AzKeyVaultKey',
    'New-AzDiskEncryptionSet',
    'Update-AzDiskEncryptionSet',
    'Remove-AzDiskEncryptionSet',
    'Get-AzUserAssignedIdentity',
    'Remove-AzRoleAssignment'
)
Register-ArgumentCompleter -ParameterName 'IsArchiveSmartTieringEnabled' -ScriptBlock $completer -CommandName @(
    'Get-AzRecoveryServicesBackupProtectionPolicy'
)
Register-ArgumentCompleter -ParameterName 'Item' -ScriptBlock $completer -CommandName @(
    'Enable-AzRecoveryServicesBackupProtection',
    'Backup-AzRecoveryServicesBackupItem',
    'Disable-AzRecoveryServicesBackupProtection',
    'Undo-AzRecoveryServicesBackupItemDeletion',
    'Get-AzRecoveryServicesBackupRecoveryPoint'
)
Register-ArgumentCompleter -ParameterName 'Job' -ScriptBlock $completer -CommandName @(
    'Get-AzRecoveryServicesBackupJob',
    'Wait-AzRecoveryServicesBackupJob',
    'Stop-AzRecoveryServicesBackupJob',
    'Get-AzRecoveryServicesBackupJobDetail'
)
Register-ArgumentCompleter -ParameterName 'JobId' -ScriptBlock $completer -CommandName @(
    'Get-AzRecoveryServicesBackupJob',
    'Stop-AzRecoveryServicesBackupJob',
    'Get-AzRecoveryServicesBackupJobDetail'
)
Register-ArgumentCompleter -ParameterName 'KeyId' -ScriptBlock $completer -CommandName @(
    'Get-RsvKeyUsage',
    'Measure-RsvKeyImpact'
)
Register-ArgumentCompleter -ParameterName 'KeyRotationLifetimeAction' -ScriptBlock $completer -CommandName @(
    'Set-AzKeyVaultKeyRotationPolicy'
)
Register-ArgumentCompleter -ParameterName 'KeyRotationPolicy' -ScriptBlock $completer -CommandName @(
    'Set-AzKeyVaultKeyRotationPolicy'
)
Register-ArgumentCompleter -ParameterName 'KeyUrl' -ScriptBlock $completer -CommandName @(
    'New-AzDiskEncryptionSetConfig',
    'Update-AzDiskEncryptionSet'
)
Register-ArgumentCompleter -ParameterName 'KeyVaultSubscriptionId' -ScriptBlock $completer -CommandName @(
    'Set-AzRecoveryServicesVaultProperty'
)
Register-ArgumentCompleter -ParameterName 'LocalFilePath' -ScriptBlock $completer -CommandName @(
    'Save-AzVhd'
)
Register-ArgumentCompleter -ParameterName 'Location' -ScriptBlock $completer -CommandName @(
    'New-AzResourceGroup',
    'Get-AzResourceGroup',
    'New-AzRecoveryServicesVault',
    'Get-AzRecoveryServicesSoftDeletedVault',
    'Undo-AzRecoveryServicesVaultDeletion',
    'New-AzKeyVault',
    'Get-AzKeyVault',
    'Remove-AzKeyVault',
    'Undo-AzKeyVaultRemoval',
    'New-AzDiskEncryptionSetConfig',
    'New-AzVM',
    'Get-AzVM',
    'New-AzStorageAccount',
    'New-AzUserAssignedIdentity',
    'Import-RsvVault'
)
Register-ArgumentCompleter -ParameterName 'MaxRecord' -ScriptBlock $completer -CommandName @(
    'Get-AzActivityLog'
)
Register-ArgumentCompleter -ParameterName 'MinimumFill' -ScriptBlock $completer -CommandName @(
    'Optimize-RsvVault'
)
Register-ArgumentCompleter -ParameterName 'Name' -ScriptBlock $completer -CommandName @(
    'Get-AzContext',
    'New-AzResourceGroup',
    'Get-AzResourceGroup',
    'Get-AzResource',
    'New-AzRecoveryServicesVault',
    'Get-AzRecoveryServicesVault',
    'Update-AzRecoveryServicesVault',
    'Get-AzRecoveryServicesSoftDeletedVault',
    'Undo-AzRecoveryServicesVaultDeletion',
    'New-AzKeyVault',
    'Test-AzKeyVaultNameAvailability',
    'Add-AzKeyVaultKey',
    'Get-AzKeyVaultKey',
    'Update-AzKeyVaultKey',
    'Remove-AzKeyVaultKey',
    'Undo-AzKeyVaultKeyRemoval',
    'Invoke-AzKeyVaultKeyRotation',
    'Get-AzKeyVaultKeyRotationPolicy',
    'Set-AzKeyVaultKeyRotationPolicy',
    'Backup-AzKeyVaultKey',
    'New-AzRecoveryServicesBackupProtectionPolicy',
    'Get-AzRecoveryServicesBackupProtectionPolicy',
    'Remove-AzRecoveryServicesBackupProtectionPolicy',
    'Get-AzRecoveryServicesBackupItem',
    'Enable-AzRecoveryServicesBackupProtection',
    'New-AzDiskEncryptionSet',
    'Get-AzDiskEncryptionSet',
    'Update-AzDiskEncryptionSet',
    'Remove-AzDiskEncryptionSet',
    'New-AzVM',
    'Get-AzVM',
    'Remove-AzVM',
    'New-AzStorageAccount',
    'Get-AzStorageAccount',
    'New-AzUserAssignedIdentity',
    'Get-AzUserAssignedIdentity',
    'Import-RsvVault',
    'New-RsvSubscription',
    'Get-AzRecoveryServicesBackupStatus'
)
Register-ArgumentCompleter -ParameterName 'NewPassphraseFd' -ScriptBlock $completer -CommandName @(
    'Update-RsvRootKey'
)
Register-ArgumentCompleter -ParameterName 'NewPassphraseFile' -ScriptBlock $completer -CommandName @(
    'Update-RsvRootKey'
)
Register-ArgumentCompleter -ParameterName 'NotBefore' -ScriptBlock $completer -CommandName @(
    'Add-AzKeyVaultKey',
    'Update-AzKeyVaultKey'
)
Register-ArgumentCompleter -ParameterName 'OSDiskPath' -ScriptBlock $completer -CommandName @(
    'New-AzVM'
)
Register-ArgumentCompleter -ParameterName 'ObjectId' -ScriptBlock $completer -CommandName @(
    'Set-AzKeyVaultAccessPolicy',
    'Remove-AzKeyVaultAccessPolicy',
    'New-AzRoleAssignment',
    'Get-AzRoleAssignment',
    'Remove-AzRoleAssignment',
    'Get-AzADServicePrincipal'
)
Register-ArgumentCompleter -ParameterName 'OutFile' -ScriptBlock $completer -CommandName @(
    'Get-AzKeyVaultKey'
)
Register-ArgumentCompleter -ParameterName 'OutputFile' -ScriptBlock $completer -CommandName @(
    'Backup-AzKeyVaultKey'
)
Register-ArgumentCompleter -ParameterName 'Path' -ScriptBlock $completer -CommandName @(
    'New-AzRecoveryServicesVault',
    'New-AzStorageAccount',
    'Import-RsvVault',
    'Install-RsvCompletion'
)
Register-ArgumentCompleter -ParameterName 'Percent' -ScriptBlock $completer -CommandName @(
    'Test-RsvVault'
)
Register-ArgumentCompleter -ParameterName 'Policy' -ScriptBlock $completer -CommandName @(
    'Set-AzRecoveryServicesBackupProtectionPolicy',
    'Remove-AzRecoveryServicesBackupProtectionPolicy',
    'Get-AzRecoveryServicesBackupItem',
    'Enable-AzRecoveryServicesBackupProtection'
)
Register-ArgumentCompleter -ParameterName 'PolicyPath' -ScriptBlock $completer -CommandName @(
    'Set-AzKeyVaultKeyRotationPolicy'
)
Register-ArgumentCompleter -ParameterName 'Properties' -ScriptBlock $completer -CommandName @(
    'Set-AzResource'
)
Register-ArgumentCompleter -ParameterName 'Reason' -ScriptBlock $completer -CommandName @(
    'Approve-RsvRollback'
)
Register-ArgumentCompleter -ParameterName 'RecoveryPoint' -ScriptBlock $completer -CommandName @(
    'Restore-AzRecoveryServicesBackupItem'
)
Register-ArgumentCompleter -ParameterName 'RecoveryPointId' -ScriptBlock $completer -CommandName @(
    'Get-AzRecoveryServicesBackupRecoveryPoint'
)
Register-ArgumentCompleter -ParameterName 'ResourceGroupName' -ScriptBlock $completer -CommandName @(
    'Get-AzResource',
    'Set-AzResource',
    'New-AzRecoveryServicesVault',
    'Get-AzRecoveryServicesVault',
    'Update-AzRecoveryServicesVault',
    'Get-AzRecoveryServicesSoftDeletedVault',
    'Undo-AzRecoveryServicesVaultDeletion',
    'New-AzKeyVault',
    'Get-AzKeyVault',
    'Update-AzKeyVault',
    'Set-AzKeyVaultAccessPolicy',
    'Remove-AzKeyVaultAccessPolicy',
    'Remove-AzKeyVault',
    'Undo-AzKeyVaultRemoval',
    'Get-AzRecoveryServicesBackupContainer',
    'Enable-AzRecoveryServicesBackupProtection',
    'New-AzDiskEncryptionSet',
    'Get-AzDiskEncryptionSet',
    'Get-AzDiskEncryptionSetAssociatedResource',
    'Update-AzDiskEncryptionSet',
    'Remove-AzDiskEncryptionSet',
    'New-AzVM',
    'Get-AzVM',
    'Remove-AzVM',
    'New-AzStorageAccount',
    'Get-AzStorageAccount',
    'Get-AzDisk',
    'Update-AzDisk',
    'Remove-AzDisk',
    'Grant-AzDiskAccess',
    'Revoke-AzDiskAccess',
    'Get-AzActivityLog',
    'New-AzUserAssignedIdentity',
    'Get-AzUserAssignedIdentity',
    'New-AzRoleAssignment',
    'Get-AzRoleAssignment',
    'Remove-AzRoleAssignment',
    'Import-RsvVault',
    'Get-AzRecoveryServicesBackupStatus'
)
Register-ArgumentCompleter -ParameterName 'ResourceId' -ScriptBlock $completer -CommandName @(
    'Get-AzResource',
    'Set-AzResource',
    'Move-AzResource',
    'Update-AzKeyVault',
    'Set-AzKeyVaultAccessPolicy',
    'Remove-AzKeyVaultAccessPolicy',
    'Remove-AzKeyVault',
    'Add-AzKeyVaultKey',
    'Get-AzKeyVaultKey',
    'Restore-AzKeyVaultKey',
    'Register-AzRecoveryServicesBackupContainer',
    'Update-AzDiskEncryptionSet',
    'Remove-AzDiskEncryptionSet',
    'Get-AzActivityLog',
    'Get-AzRecoveryServicesBackupStatus'
)
Register-ArgumentCompleter -ParameterName 'ResourceName' -ScriptBlock $completer -CommandName @(
    'Set-AzResource',
    'New-AzRoleAssignment',
    'Get-AzRoleAssignment',
    'Remove-AzRoleAssignment'
)
Register-ArgumentCompleter -ParameterName 'ResourceProvider' -ScriptBlock $completer -CommandName @(
    'Get-AzActivityLog'
)
Register-ArgumentCompleter -ParameterName 'ResourceType' -ScriptBlock $completer -CommandName @(
    'Get-AzResource',
    'Set-AzResource',
    'New-AzRoleAssignment',
    'Get-AzRoleAssignment',
    'Remove-AzRoleAssignment'
)
Register-ArgumentCompleter -ParameterName 'RestoreDiskList' -ScriptBlock $completer -CommandName @(
    'Restore-AzRecoveryServicesBackupItem'
)
Register-ArgumentCompleter -ParameterName 'RetentionPolicy' -ScriptBlock $completer -CommandName @(
    'New-AzRecoveryServicesBackupProtectionPolicy',
    'Set-AzRecoveryServicesBackupProtectionPolicy'
)
Register-ArgumentCompleter -ParameterName 'RoleDefinitionId' -ScriptBlock $completer -CommandName @(
    'New-AzRoleAssignment',
    'Get-AzRoleAssignment',
    'Remove-AzRoleAssignment'
)
Register-ArgumentCompleter -ParameterName 'RoleDefinitionName' -ScriptBlock $completer -CommandName @(
    'New-AzRoleAssignment',
    'Get-AzRoleAssignment',
    'Remove-AzRoleAssignment'
)
Register-ArgumentCompleter -ParameterName 'RootKeyFile' -ScriptBlock $completer -CommandName @(
    'Import-RsvVault'
)
Register-ArgumentCompleter -ParameterName 'RootKeyPassphraseFile' -ScriptBlock $completer -CommandName @(
    'Import-RsvVault'
)
Register-ArgumentCompleter -ParameterName 'RotationToLatestKeyVersionEnabled' -ScriptBlock $completer -CommandName @(
    'New-AzDiskEncryptionSetConfig',
    'Update-AzDiskEncryptionSet'
)
Register-ArgumentCompleter -ParameterName 'SchedulePolicy' -ScriptBlock $completer -CommandName @(
    'New-AzRecoveryServicesBackupProtectionPolicy',
    'Set-AzRecoveryServicesBackupProtectionPolicy'
)
Register-ArgumentCompleter -ParameterName 'Scope' -ScriptBlock $completer -CommandName @(
    'New-AzRoleAssignment',
    'Get-AzRoleAssignment',
    'Remove-AzRoleAssignment'
)
Register-ArgumentCompleter -ParameterName 'ServiceName' -ScriptBlock $completer -CommandName @(
    'Enable-AzRecoveryServicesBackupProtection'
)
Register-ArgumentCompleter -ParameterName 'SignInName' -ScriptBlock $completer -CommandName @(
    'New-AzRoleAssignment',
    'Get-AzRoleAssignment',
    'Remove-AzRoleAssignment'
)
Register-ArgumentCompleter -ParameterName 'Size' -ScriptBlock $completer -CommandName @(
    'Add-AzKeyVaultKey'
)
Register-ArgumentCompleter -ParameterName 'Skip' -ScriptBlock $completer -CommandName @(
    'Get-AzADServicePrincipal'
)
Register-ArgumentCompleter -ParameterName 'SoftDeleteRetentionInDays' -ScriptBlock $completer -CommandName @(
    'New-AzKeyVault'
)
Register-ArgumentCompleter -ParameterName 'SoftDeleteRetentionPeriodInDays' -ScriptBlock $completer -CommandName @(
    'Set-AzRecoveryServicesVaultProperty'
)
Register-ArgumentCompleter -ParameterName 'SourceUri' -ScriptBlock $completer -CommandName @(
    'Save-AzVhd'
)
Register-ArgumentCompleter -ParameterName 'SourceVaultId' -ScriptBlock $completer -CommandName @(
    'New-AzDiskEncryptionSetConfig',
    'Update-AzDiskEncryptionSet'
)
Register-ArgumentCompleter -ParameterName 'StartDate' -ScriptBlock $completer -CommandName @(
    'Get-AzRecoveryServicesBackupRecoveryPoint'
)
Register-ArgumentCompleter -ParameterName 'StartTime' -ScriptBlock $completer -CommandName @(
    'Get-AzActivityLog'
)
Register-ArgumentCompleter -ParameterName 'StorageAccountName' -ScriptBlock $completer -CommandName @(
    'Restore-AzRecoveryServicesBackupItem'
)
Register-ArgumentCompleter -ParameterName 'StorageAccountResourceGroupName' -ScriptBlock $completer -CommandName @(
    'Restore-AzRecoveryServicesBackupItem'
)
Register-ArgumentCompleter -ParameterName 'Subscription' -ScriptBlock $completer -CommandName @(
    'Connect-AzAccount',
    'Set-AzContext',
    'Move-RsvSubscription'
)
Register-ArgumentCompleter -ParameterName 'SubscriptionId' -ScriptBlock $completer -CommandName @(
    'Get-AzSubscription',
    'New-AzKeyVault',
    'Get-AzKeyVault',
    'New-AzUserAssignedIdentity'
)
Register-ArgumentCompleter -ParameterName 'SubscriptionName' -ScriptBlock $completer -CommandName @(
    'Get-AzSubscription'
)
Register-ArgumentCompleter -ParameterName 'Tag' -ScriptBlock $completer -CommandName @(
    'New-AzResourceGroup',
    'Get-AzResourceGroup',
    'Get-AzResource',
    'Set-AzResource',
    'New-AzRecoveryServicesVault',
    'Get-AzRecoveryServicesVault',
    'New-AzKeyVault',
    'Get-AzKeyVault',
    'Update-AzKeyVault',
    'Undo-AzKeyVaultRemoval',
    'Add-AzKeyVaultKey',
    'Update-AzKeyVaultKey',
    'New-AzDiskEncryptionSetConfig',
    'Update-AzDiskEncryptionSet',
    'New-AzVM',
    'New-AzStorageAccount',
    'New-AzDiskUpdateConfig',
    'New-AzUserAssignedIdentity'
)
Register-ArgumentCompleter -ParameterName 'TagName' -ScriptBlock $completer -CommandName @(
    'Get-AzResource',
    'Get-AzRecoveryServicesVault'
)
Register-ArgumentCompleter -ParameterName 'TagValue' -ScriptBlock $completer -CommandName @(
    'Get-AzResource',
    'Get-AzRecoveryServicesVault'
)
Register-ArgumentCompleter -ParameterName 'TargetResourceGroupName' -ScriptBlock $completer -CommandName @(
    'Restore-AzRecoveryServicesBackupItem'
)
Register-ArgumentCompleter -ParameterName 'Tenant' -ScriptBlock $completer -CommandName @(
    'Connect-AzAccount',
    'Set-AzContext'
)
Register-ArgumentCompleter -ParameterName 'TenantId' -ScriptBlock $completer -CommandName @(
    'Get-AzSubscription',
    'Move-RsvSubscription'
)
Register-ArgumentCompleter -ParameterName 'Timeout' -ScriptBlock $completer -CommandName @(
    'Wait-AzRecoveryServicesBackupJob'
)
Register-ArgumentCompleter -ParameterName 'To' -ScriptBlock $completer -CommandName @(
    'Get-AzRecoveryServicesBackupJob'
)
Register-ArgumentCompleter -ParameterName 'UseSystemAssignedIdentity' -ScriptBlock $completer -CommandName @(
    'Set-AzRecoveryServicesVaultProperty'
)
Register-ArgumentCompleter -ParameterName 'UserAssignedIdentity' -ScriptBlock $completer -CommandName @(
    'Set-AzRecoveryServicesVaultProperty',
    'New-AzDiskEncryptionSetConfig',
    'Import-RsvVault'
)
Register-ArgumentCompleter -ParameterName 'UserPrincipalName' -ScriptBlock $completer -CommandName @(
    'Set-AzKeyVaultAccessPolicy',
    'Remove-AzKeyVaultAccessPolicy'
)
Register-ArgumentCompleter -ParameterName 'Vault' -ScriptBlock $completer -CommandName @(
    'Remove-AzRecoveryServicesVault',
    'Set-AzRecoveryServicesVaultContext',
    'Get-AzRecoveryServicesBackupProperty',
    'Set-AzRecoveryServicesBackupProperty'
)
Register-ArgumentCompleter -ParameterName 'VaultId' -ScriptBlock $completer -CommandName @(
    'Update-AzRecoveryServicesVault',
    'Set-AzRecoveryServicesVaultProperty',
    'Get-AzRecoveryServicesVaultProperty',
    'New-AzRecoveryServicesBackupProtectionPolicy',
    'Get-AzRecoveryServicesBackupProtectionPolicy',
    'Set-AzRecoveryServicesBackupProtectionPolicy',
    'Remove-AzRecoveryServicesBackupProtectionPolicy',
    'Get-AzRecoveryServicesBackupContainer',
    'Register-AzRecoveryServicesBackupContainer',
    'Unregister-AzRecoveryServicesBackupContainer',
    'Get-AzRecoveryServicesBackupItem',
    'Enable-AzRecoveryServicesBackupProtection',
    'Backup-AzRecoveryServicesBackupItem',
    'Disable-AzRecoveryServicesBackupProtection',
    'Undo-AzRecoveryServicesBackupItemDeletion',
    'Get-AzRecoveryServicesBackupRecoveryPoint',
    'Restore-AzRecoveryServicesBackupItem',
    'Get-AzRecoveryServicesBackupJob',
    'Wait-AzRecoveryServicesBackupJob',
    'Stop-AzRecoveryServicesBackupJob',
    'Get-AzRecoveryServicesBackupJobDetail',
    'Test-RsvEncryptionReadiness',
    'Test-RsvVault',
    'Repair-RsvVault',
    'Optimize-RsvVault',
    'Test-RsvKeyRevocation',
    'New-RsvDekEpoch',
    'Update-RsvVaultEncryption'
)
Register-ArgumentCompleter -ParameterName 'VaultLocation' -ScriptBlock $completer -CommandName @(
    'Restore-AzRecoveryServicesBackupItem'
)
Register-ArgumentCompleter -ParameterName 'VaultName' -ScriptBlock $completer -CommandName @(
    'Get-AzKeyVault',
    'Update-AzKeyVault',
    'Set-AzKeyVaultAccessPolicy',
    'Remove-AzKeyVaultAccessPolicy',
    'Remove-AzKeyVault',
    'Undo-AzKeyVaultRemoval',
    'Add-AzKeyVaultKey',
    'Get-AzKeyVaultKey',
    'Update-AzKeyVaultKey',
    'Remove-AzKeyVaultKey',
    'Undo-AzKeyVaultKeyRemoval',
    'Invoke-AzKeyVaultKeyRotation',
    'Get-AzKeyVaultKeyRotationPolicy',
    'Set-AzKeyVaultKeyRotationPolicy',
    'Backup-AzKeyVaultKey',
    'Restore-AzKeyVaultKey'
)
Register-ArgumentCompleter -ParameterName 'Version' -ScriptBlock $completer -CommandName @(
    'Get-AzKeyVaultKey',
    'Update-AzKeyVaultKey'
)
Set-Alias -Name Login-AzAccount -Value Connect-AzAccount
Set-Alias -Name Add-AzAccount -Value Connect-AzAccount
Set-Alias -Name Select-AzSubscription -Value Set-AzContext
Set-Alias -Name Get-AzRecoveryServicesBackupJobDetails -Value Get-AzRecoveryServicesBackupJobDetail
Set-Alias -Name Get-AzLog -Value Get-AzActivityLog
Export-ModuleMember -Function @(
    'Connect-AzAccount',
    'Get-AzSubscription',
    'Get-AzContext',
    'Set-AzContext',
    'New-AzResourceGroup',
    'Get-AzResourceGroup',
    'Get-AzResource',
    'Set-AzResource',
    'Move-AzResource',
    'New-AzRecoveryServicesVault',
    'Get-AzRecoveryServicesVault',
    'Update-AzRecoveryServicesVault',
    'Remove-AzRecoveryServicesVault',
    'Get-AzRecoveryServicesSoftDeletedVault',
    'Undo-AzRecoveryServicesVaultDeletion',
    'Set-AzRecoveryServicesVaultProperty',
    'Get-AzRecoveryServicesVaultProperty',
    'Set-AzRecoveryServicesVaultContext',
    'New-AzKeyVault',
    'Get-AzKeyVault',
    'Update-AzKeyVault',
    'Set-AzKeyVaultAccessPolicy',
    'Remove-AzKeyVaultAccessPolicy',
    'Remove-AzKeyVault',
    'Undo-AzKeyVaultRemoval',
    'Test-AzKeyVaultNameAvailability',
    'Add-AzKeyVaultKey',
    'Get-AzKeyVaultKey',
    'Update-AzKeyVaultKey',
    'Remove-AzKeyVaultKey',
    'Undo-AzKeyVaultKeyRemoval',
    'Invoke-AzKeyVaultKeyRotation',
    'Get-AzKeyVaultKeyRotationPolicy',
    'Set-AzKeyVaultKeyRotationPolicy',
    'Backup-AzKeyVaultKey',
    'Restore-AzKeyVaultKey',
    'New-AzRecoveryServicesBackupProtectionPolicy',
    'Get-AzRecoveryServicesBackupProtectionPolicy',
    'Set-AzRecoveryServicesBackupProtectionPolicy',
    'Remove-AzRecoveryServicesBackupProtectionPolicy',
    'Get-AzRecoveryServicesBackupSchedulePolicyObject',
    'Get-AzRecoveryServicesBackupRetentionPolicyObject',
    'Get-RsvKeyUsage',
    'Measure-RsvKeyImpact',
    'Get-AzRecoveryServicesBackupContainer',
    'Register-AzRecoveryServicesBackupContainer',
    'Unregister-AzRecoveryServicesBackupContainer',
    'Get-AzRecoveryServicesBackupItem',
    'Enable-AzRecoveryServicesBackupProtection',
    'Backup-AzRecoveryServicesBackupItem',
    'Disable-AzRecoveryServicesBackupProtection',
    'Undo-AzRecoveryServicesBackupItemDeletion',
    'Get-AzRecoveryServicesBackupRecoveryPoint',
    'Restore-AzRecoveryServicesBackupItem',
    'Get-AzRecoveryServicesBackupJob',
    'Wait-AzRecoveryServicesBackupJob',
    'Stop-AzRecoveryServicesBackupJob',
    'Get-AzRecoveryServicesBackupJobDetail',
    'Test-RsvEncryptionReadiness',
    'New-AzDiskEncryptionSetConfig',
    'New-AzDiskEncryptionSet',
    'Get-AzDiskEncryptionSet',
    'Get-AzDiskEncryptionSetAssociatedResource',
    'Update-AzDiskEncryptionSet',
    'Remove-AzDiskEncryptionSet',
    'New-AzVM',
    'Get-AzVM',
    'Remove-AzVM',
    'New-AzStorageAccount',
    'Get-AzStorageAccount',
    'Get-AzDisk',
    'New-AzDiskUpdateConfig',
    'Update-AzDisk',
    'Remove-AzDisk',
    'Grant-AzDiskAccess',
    'Revoke-AzDiskAccess',
    'Save-AzVhd',
    'Get-AzActivityLog',
    'Test-RsvActivityLog',
    'Initialize-RsvHome',
    'Update-RsvRootKey',
    'Approve-RsvRollback',
    'New-AzUserAssignedIdentity',
    'Get-AzUserAssignedIdentity',
    'New-AzRoleAssignment',
    'Get-AzRoleAssignment',
    'Remove-AzRoleAssignment',
    'Get-AzADServicePrincipal',
    'Test-RsvVault',
    'Repair-RsvVault',
    'Import-RsvVault',
    'Optimize-RsvVault',
    'Move-RsvSubscription',
    'New-RsvSubscription',
    'Test-RsvKeyRevocation',
    'Get-AzRecoveryServicesBackupProperty',
    'Set-AzRecoveryServicesBackupProperty',
    'Get-AzRecoveryServicesBackupStatus',
    'New-RsvDekEpoch',
    'Update-RsvVaultEncryption',
    'Install-RsvCompletion',
    'Disable-AzRecoveryServicesBackupRPMountScript',
    'Get-AzRecoveryServicesBackupRPMountScript',
    'Get-AzRecoveryServicesResourceGuardMapping',
    'Remove-AzRecoveryServicesResourceGuardMapping',
    'Set-AzRecoveryServicesResourceGuardMapping',
    'Enable-AzRecoveryServicesBackupAutoProtection',
    'Disable-AzRecoveryServicesBackupAutoProtection',
    'Get-AzRecoveryServicesBackupProtectableItem',
    'Initialize-AzRecoveryServicesBackupProtectableItem',
    'Get-AzRecoveryServicesBackupRecoveryLogChain',
    'Get-AzRecoveryServicesBackupWorkloadRecoveryConfig',
    'Undo-AzRecoveryServicesBackupContainerDeletion',
    'Get-AzRecoveryServicesBackupManagementServer',
    'Unregister-AzRecoveryServicesBackupManagementServer',
    'Get-AzRecoveryServicesVaultSettingsFile',
    'Get-AzRecoveryServicesBackupRecommendedArchivableRPGroup',
    'Move-AzRecoveryServicesBackupRecoveryPoint',
    'Copy-AzRecoveryServicesVault',
    'Initialize-AzRecoveryServicesDSMove',
    'Test-AzRecoveryServicesDSMove',
    'Get-AzRecoveryServicesSoftDeletedVaultBackupItem',
    'Redo-AzRecoveryServicesBackupProtection',
    'Edit-AzRecoveryServicesBackupRetentionPolicyClientObject',
    'Edit-AzRecoveryServicesBackupSchedulePolicyClientObject',
    'Get-AzKeyVaultSecret',
    'Set-AzKeyVaultSecret',
    'Remove-AzKeyVaultSecret',
    'Update-AzKeyVaultSecret',
    'Set-AzKeyVaultSecretAttribute',
    'Backup-AzKeyVaultSecret',
    'Restore-AzKeyVaultSecret',
    'Undo-AzKeyVaultSecretRemoval',
    'Backup-AzKeyVaultCertificate',
    'Import-AzKeyVaultCertificate',
    'Restore-AzKeyVaultCertificate',
    'Stop-AzKeyVaultCertificateOperation',
    'Undo-AzKeyVaultCertificateRemoval',
    'Update-AzKeyVaultCertificate',
    'Backup-AzKeyVault',
    'Restore-AzKeyVault',
    'Export-AzKeyVaultSecurityDomain',
    'Import-AzKeyVaultSecurityDomain',
    'Initialize-AzKeyVaultSecurityDomainRecovery',
    'Restore-AzKeyVaultSecurityDomainBlob',
    'Get-AzKeyVaultSetting',
    'Update-AzKeyVaultSetting',
    'Get-AzKeyVaultRandomNumber',
    'Add-AzKeyVaultNetworkRule',
    'New-AzKeyVaultNetworkRuleSetObject',
    'Remove-AzKeyVaultNetworkRule',
    'Update-AzKeyVaultNetworkRuleSet',
    'Invoke-AzKeyVaultKeyOperation',
    'New-AzDisk',
    'New-AzDiskConfig',
    'New-AzDiskPurchasePlanConfig',
    'Set-AzDiskImageReference',
    'Set-AzDiskSecurityProfile',
    'ConvertTo-AzVMManagedDisk',
    'Set-AzDiskDiskEncryptionKey',
    'Set-AzDiskKeyEncryptionKey',
    'Set-AzDiskUpdateDiskEncryptionKey',
    'Set-AzDiskUpdateKeyEncryptionKey',
    'Set-AzVMDiskEncryptionExtension',
    'Get-AzVMDiskEncryptionStatus',
    'Remove-AzVMDiskEncryptionExtension',
    'Disable-AzVMDiskEncryption',
    'New-AzDiskAccess',
    'Get-AzDiskAccess',
    'Remove-AzDiskAccess',
    'New-AzSnapshot',
    'New-AzSnapshotConfig',
    'New-AzSnapshotUpdateConfig',
    'Get-AzSnapshot',
    'Remove-AzSnapshot',
    'Update-AzSnapshot',
    'Grant-AzSnapshotAccess',
    'Revoke-AzSnapshotAccess',
    'Update-AzRestorePointCollection',
    'Add-AzVhd',
    'Add-AzVMDataDisk',
    'Remove-AzVMDataDisk',
    'Set-AzVMDataDisk',
    'Set-AzVMOSDisk',
    'New-AzVMDataDisk',
    'New-AzVMConfig',
    'Update-AzVM',
    'Start-AzVM',
    'Stop-AzVM',
    'Restart-AzVM'
) -Alias @('Login-AzAccount', 'Add-AzAccount', 'Select-AzSubscription', 'Get-AzRecoveryServicesBackupJobDetails', 'Get-AzLog')
