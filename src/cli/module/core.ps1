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
