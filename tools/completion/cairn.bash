# bash completion for cairn
_cairn() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
  local commands='dump get keys ttl stats watch check export load set touch erase expire compact
    clear checkpoint'
  local filters='--alias --prefix --match --kind --expiring-within --expired --larger-than --limit'
  local key='--alias --key-prefix --version --raw'
  case $previous in
    --format | -f)
      mapfile -t COMPREPLY < <(compgen -W 'table jsonl csv' -- "$current")
      return ;;
    --kind | -k)
      mapfile -t COMPREPLY < <(
        compgen -W 'bytes integer real boolean null archive custom' -- "$current")
      return ;;
    --timeout)
      mapfile -t COMPREPLY < <(compgen -W 'never 30s 5m 2h 7d' -- "$current")
      return ;;
    --output | -o)
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return ;;
  esac
  if [[ $current == -* ]]; then
    local options='--help'
    case ${COMP_WORDS[1]} in
      dump) options+=" --format --values $filters" ;;
      keys) options+=" --all --null $filters" ;;
      get) options+=" --json $key" ;;
      ttl) options+=" $key" ;;
      stats) options+=' --json --largest' ;;
      watch) options+=' --interval --count' ;;
      export) options+=' --output --alias --expired' ;;
      load) options+=' --dry-run' ;;
      set) options+=" --string --int --double --bool --null --timeout $key" ;;
      touch) options+=" --timeout $key" ;;
      erase) options+=" $key" ;;
      expire | compact) options+=' --alias' ;;
      clear) options+=' --alias --yes' ;;
      -*) options+=' --version' ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
    return
  fi
  compopt -o filenames
  if [[ ${COMP_WORDS[1]} == load ]] && ((COMP_CWORD > 2)); then
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
    return
  fi
  mapfile -t COMPREPLY < <(compgen -d -- "$current")
  if ((COMP_CWORD == 1)); then
    mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -W "$commands" -- "$current")
  fi
}
complete -F _cairn cairn
