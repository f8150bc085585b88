# shellcheck shell=bash disable=SC2154
# Sourced by dev: makes sure that the Debian packages of packages.txt are there.

wanted_packages() { sed -e 's/#.*//' -e 's/[[:space:]].*//' -e '/^$/d' "$root/scripts/packages.txt"; }

ensure_packages() {
    local missing=() name
    while read -r name; do
        # Debian's npm cannot stand beside a Node.js from elsewhere, which brings its own.
        if [[ $name == npm ]] && command -v npm >/dev/null; then continue; fi
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || missing+=("$name")
    done < <(wanted_packages)
    ((${#missing[@]})) || return 0
    say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
    if ((EUID == 0)); then
        "$root/scripts/install-packages" "${missing[@]}" >&2
    elif command -v sudo >/dev/null; then
        sudo "$root/scripts/install-packages" "${missing[@]}" >&2
    else
        die "These packages are missing and there is no sudo. As root: $root/scripts/install-packages ${missing[*]}"
    fi
}
