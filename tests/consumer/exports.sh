#!/bin/bash
# exports.sh PREFIX - the symbols that leave each installed library are those of its list, no more
# and no less, shared and static; and the core's list is what its public headers declare.
set -euo pipefail
export LC_ALL=C
readonly prefix=$1 root=$VIADUCT_TEST_SOURCE
failed=0

compare() { # compare WHAT LIST ACTUAL
    if ! diff <(grep -v '^#' "$2" | sort) "$3" >"$work/diff"; then
        echo "$1: symbols (< listed, > there)"
        cat "$work/diff"
        failed=1
    fi
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
folder=$(dirname "$(find "$prefix" -name libviaduct.so)")

while read -r library list; do
    nm -D --defined-only "$folder/lib$library.so" | awk '{ print $3 }' | sort >"$work/shared"
    compare "lib$library.so" "$root/$list" "$work/shared"
    nm -g --defined-only "$folder/lib$library.a" | awk 'NF == 3 { print $3 }' | sort >"$work/static"
    compare "lib$library.a" "$root/$list" "$work/static"
done <<EOF
viaduct bridge/viaduct.symbols
viaduct-openharmony bridge/openharmony/viaduct-openharmony.symbols
viaduct-hdf bridge/hdf/viaduct-hdf.symbols
viaduct-legato bridge/legato/viaduct-legato.symbols
viaduct-phoenix bridge/phoenix/viaduct-phoenix.symbols
viaduct-portfolio bridge/portfolio/viaduct-portfolio.symbols
viaduct-gateway gateway/viaduct-gateway.symbols
EOF

# The archive for --wrap has what its list says besides, and calls libc by no name of that list.
{ cat "$root/bridge/viaduct.symbols" "$root/bridge/phoenix/viaduct-phoenix.symbols"; sed '/^#/d; s/^/__wrap_/' "$root/bridge/phoenix/files.wrap"; } >"$work/list"
nm -g --defined-only "$folder/libviaduct-phoenix-wrapped.a" | awk 'NF == 3 { print $3 }' | sort >"$work/static"
compare libviaduct-phoenix-wrapped.a "$work/list" "$work/static"
if nm -u "$folder/libviaduct-phoenix-wrapped.a" | awk '{ print $2 }' | grep -xFf <(grep -v '^#' "$root/bridge/phoenix/files.wrap"); then
    echo "libviaduct-phoenix-wrapped.a: would call itself"
    failed=1
fi
if ! diff <(sed '/^#/d; s/.*/-Wl,--wrap=&/' "$root/bridge/phoenix/files.wrap") "$folder/viaduct-phoenix-files.wrap"; then
    echo "viaduct-phoenix-files.wrap: other options than names"
    failed=1
fi

# The families stand on what the core exports: that they link without undefined symbols is checked
# when they are built; that they carry no copy of the core, here.
for family in openharmony hdf legato phoenix portfolio; do
    if nm -D --defined-only "$folder/libviaduct-$family.so" | grep ' via_[a-z]*_create$'; then
        echo "libviaduct-$family.so: carries a copy of the core"
        failed=1
    fi
done

exit $failed
