# Tab completion of rsv. Written by: rsv Install-RsvCompletion -Shell fish
function __rsv_complete
    set -l words (commandline -xpc 2>/dev/null)
    or set words (commandline -opc)
    command rsv __complete raw $words (commandline -ct) 2>/dev/null | string match -rv '^:(nospace)?$'
end
complete -c rsv -e
# A path that only the shell can read is the shell's to complete.
complete -c rsv -F -n 'string match -qr "^\"?[~\\$]" -- (commandline -ct)'
complete -c rsv -f -k -a '(__rsv_complete)'
