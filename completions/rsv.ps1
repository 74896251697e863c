# Tab completion of rsv. Written by: rsv Install-RsvCompletion -Shell pwsh
Register-ArgumentCompleter -Native -CommandName 'rsv' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $program = $commandAst.GetCommandName()
    if (-not $program) { return $null }
    $words = [System.Collections.Generic.List[string]]::new()
    $typed = ''
    foreach ($element in $commandAst.CommandElements) {
        if ($element.Extent.StartOffset -ge $cursorPosition) { break }
        $text = $element.Extent.Text
        if ($element.Extent.EndOffset -ge $cursorPosition) {
            $typed = $text.Substring(0, $cursorPosition - $element.Extent.StartOffset)
            break
        }
        if ($element -is [System.Management.Automation.Language.StringConstantExpressionAst]) {
            $text = $element.Value
        }
        $words.Add(($text -replace '[\r\n]', ' '))
    }
    # The token at the cursor may be less than the word: of -Name:va it is va, of get,li it is li.
    $mark = if ($typed -match '^[''"]') { $typed.Substring(0, 1) } else { '' }
    $bare = $typed.Substring($mark.Length)
    $token = $wordToComplete.Trim([char[]]@([char]39, [char]34))
    $lead = if ($bare.EndsWith($token)) { $bare.Substring(0, $bare.Length - $token.Length) } else { '' }
    $index = $words.Count
    $words.Add(($bare -replace '[\r\n]', ' '))
    $OutputEncoding = [System.Text.UTF8Encoding]::new($false)
    foreach ($line in @($words | & $program __complete input $index 2>$null)) {
        if ($line -eq ':' -or $line -eq ':nospace') { continue }
        $text, $about = $line -split "`t", 2
        if (-not $text) { continue }
        if ($text.Length -ge $lead.Length) { $text = $text.Substring($lead.Length) }
        if (-not $text) { continue }
        if (-not $about) { $about = $text }
        $insert = $text
        if ($mark -or $text -match '[\s;,|&(){}<>$`''"@#]') {
            $insert = "'" + $text.Replace("'", "''") + "'"
        }
        $kind = if ($text.StartsWith('-')) { 'ParameterName' } else { 'ParameterValue' }
        [System.Management.Automation.CompletionResult]::new($insert, $text, $kind, $about)
    }
}
