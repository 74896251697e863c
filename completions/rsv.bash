# Tab completion of rsv. Written by: rsv Install-RsvCompletion -Shell bash
# shellcheck shell=bash
_rsv() {
  local line redirection='^[0-9&]*[<>]'
  COMPREPLY=()
  # A path that only the shell can read, and a file to redirect to, are the shell's to complete.
  if [[ $2 == [~$]* || $3 =~ $redirection ]]; then
    compopt -o default 2>/dev/null
    return
  fi
  while IFS= read -r line; do
    case $line in
      :) ;;
      :nospace) compopt -o nospace 2>/dev/null ;;
      *) COMPREPLY+=("${line%%$'\t'*}") ;;
    esac
  done < <(command rsv __complete line "${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null)
}
complete -F _rsv rsv
