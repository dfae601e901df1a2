#!/bin/bash
# build.sh [--where] [NAME...] - build the pinned third-party libraries, or say where they are.
#
# NAME is cjson, mbedtls, libwebsockets (on mbedTLS) or libwebsockets-openssl; without one, the
# first three. Each is built once into
#
#   ${VIADUCT_CACHE:-~/.cache/viaduct}/NAME-VERSION-HASH/{include,lib,licence,built}
#
# where HASH covers everything that decides the outcome: version, recipe, patches, configuration,
# and the same of the libraries it stands on. A build happens in a temporary folder that is renamed
# at its very end, under a lock: a folder of that name is always whole, whoever was interrupted.
# Static and position independent, -O2 -g.
set -euo pipefail
readonly here=$(cd "$(dirname "$0")" && pwd)
readonly cache=${VIADUCT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/viaduct}
readonly jobs=${VIADUCT_JOBS:-$(nproc)}

say() { echo "third_party: $*" >&2; }

version_of() { awk -v name="$1" '$1 == name { print $2 }' "$here/versions"; }

# libwebsockets is one source with two recipes.
source_of() { echo "${1%-openssl}"; }

needs_of() { if [ "$1" = libwebsockets ]; then echo mbedtls; fi; }

hash_of() {
    local source
    source=$(source_of "$1")
    {
        uname -m
        grep "^$source " "$here/versions"
        cat "$here/recipes/$1.sh"
        grep -h "export CFLAGS=" "$here/build.sh"
        for part in "$here/patches/$source" "$here/$source"; do
            [ -d "$part" ] && (cd "$part" && sha256sum -- *)
        done
        for need in $(needs_of "$1"); do hash_of "$need"; done
    } | sha256sum | cut -c 1-12
}

where() { echo "$cache/$1-$(version_of "$(source_of "$1")")-$(hash_of "$1")"; }

apply() { # apply PATCH
    patch --silent --force --no-backup-if-mismatch -p1 <"$1" ||
        { say "does not apply: $1"; return 1; }
}

unpack() { # unpack DOWNLOADS: into ./source, patched
    mkdir source
    tar --extract --file "$1/upstream.archive" --strip-components 1 --directory source
    cd source
    if [ -f "$1/debian.archive" ]; then
        tar --extract --file "$1/debian.archive" debian/patches
        # a series may carry comments and options behind the names
        sed -E 's/#.*//; s/[[:space:]].*//; /^$/d' debian/patches/series | while read -r patch; do
            apply "debian/patches/$patch"
        done
    fi
    for patch in "$here/patches/$2"/*.patch; do
        [ -f "$patch" ] && apply "$patch"
    done
    cd ..
}

build() {
    local name=$1 source target downloads stage
    source=$(source_of "$name")
    target=$(where "$name")
    [ -d "$target" ] && return 0
    for need in $(needs_of "$name"); do build "$need"; done

    mkdir -p "$cache"
    exec 9>"$cache/lock-$source"
    flock 9
    if [ -d "$target" ]; then # somebody else built it while we waited
        exec 9>&-
        return 0
    fi

    rm -rf "$cache/.building-$source".* "$cache/.building-$source-openssl".* # of builds cut short

    # Downloads are kept for each pinned archive; a folder there is whole too.
    downloads=$cache/downloads/$source-$(version_of "$source")
    stage=$(mktemp -d "$cache/.building-$name.XXXXXX")
    if [ ! -d "$downloads" ]; then
        "$here/fetch.sh" "$source" "$stage/downloads"
        mkdir -p "$cache/downloads"
        mv -T "$stage/downloads" "$downloads"
    fi

    say "$name: building in $stage, log in $stage/log"
    # Not "( ) || failed": bash would then go on after a step that failed.
    local result
    set +e
    (
        set -e
        cd "$stage"
        unpack "$downloads" "$source"
        mkdir output output/licence
        # paths of this machine stay out of the objects
        export CFLAGS="-O2 -g -fPIC -ffile-prefix-map=$stage=$name"
        . "$here/recipes/$name.sh"
        {
            echo "$name $(version_of "$source")"
            echo "debian: $(cat "$downloads/debian.revision" 2>/dev/null || echo none)"
            (cd "$here/patches/$source" 2>/dev/null && sha256sum -- *.patch) || true
        } >output/built
    ) >"$stage/log" 2>&1
    result=$?
    set -e
    if [ "$result" != 0 ]; then
        tail -n 30 "$stage/log" >&2
        say "$name: failed; the whole log is $stage/log"
        return 1
    fi
    mv -T "$stage/output" "$target"
    rm -rf "$stage"
    exec 9>&-
    say "$name: $target"
}

readonly known="cjson libwebsockets libwebsockets-openssl mbedtls"
only_where=no
if [ "${1:-}" = --where ]; then
    only_where=yes
    shift
fi
[ $# -gt 0 ] || set -- cjson mbedtls libwebsockets
for name; do
    case " $known " in
    *" $name "*) ;;
    *) say "no such library: $name (one of: $known)"; exit 2 ;;
    esac
    if [ "$only_where" = yes ]; then where "$name"; else build "$name"; fi
done
