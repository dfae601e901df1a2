#!/bin/bash
# consume.sh WAY PREFIX - build and run the project beside this script, copied out of the tree,
# against the installation in PREFIX:
#   cmake-shared, cmake-static     by find_package(viaduct)
#   pkg-config, pkg-config-static  by pkg-config and one line of the compiler
#   openharmony-names              by the link names of OpenHarmony's SDK
#   hdf-host                       the documented sample of drivers, in the installed driver host
#   legato-store                   the sample of Legato, and the stand-in for its generated code
#   phoenix-files                  the sample of Phoenix-RTOS, in both ages of its messages
#   portfolio-pads                 the listener of Portfolio, and the installed event broker
set -euo pipefail
readonly way=$1 prefix=$2
readonly project=$(cd "$(dirname "$0")/project" && pwd)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$project"/* "$work"
cd "$work"

libraries=$(dirname "$(find "$prefix" -name libviaduct.so)")
export PKG_CONFIG_PATH=$libraries/pkgconfig

run_all() {
    for program in core openharmony hdf legato phoenix phoenix_files portfolio gateway; do
        echo "== $program"
        "./$1/$program"
    done
}

started=
start() { # start COMMAND...: until it says a line, that it is ready
    mkfifo says
    "$@" >says &
    started="$! $started"
    exec {says}<says # stays open: it may say more
    read -r line <&"$says"
    rm says
}

# As the documents' device does; what was started ends with this script.
start_gateway() {
    trap 'kill $started; wait; rm -rf "$work"' EXIT
    viaduct-certs ca certs
    viaduct-certs server certs device --ip 127.0.0.1
    viaduct-certs client certs desk
    export VIADUCT_GATEWAY=unix:$work/sock
    start viaductd --socket "$work/sock" --listen 127.0.0.1:0 --cert certs/device.pem --key certs/device.key --client-ca certs/ca.pem --crl certs/crl.pem
    port=${line##*:}
}

compile() { # compile PROGRAM PACKAGE SUFFIX FLAGS...
    local program=$1 package=$2
    shift 2
    cc -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror "$program.c" -o "$program" $(pkg-config --cflags "$package") "$@"
}

case $way in
cmake-shared | cmake-static)
    cmake -S . -B build -G Ninja -DCMAKE_PREFIX_PATH="$prefix" -DLINKAGE="${way#cmake-}" >configured ||
        { cat configured; exit 1; }
    cmake --build build
    run_all build
    ;;
pkg-config)
    export LD_LIBRARY_PATH=$libraries
    compile core viaduct $(pkg-config --libs viaduct)
    compile openharmony viaduct-openharmony $(pkg-config --libs viaduct-openharmony)
    compile hdf viaduct-hdf $(pkg-config --libs viaduct-hdf)
    compile legato viaduct-legato $(pkg-config --libs viaduct-legato)
    compile phoenix viaduct-phoenix $(pkg-config --libs viaduct-phoenix)
    compile phoenix_files viaduct-phoenix-wrapped $(pkg-config --libs viaduct-phoenix-wrapped)
    c++ -x c++ -O2 -D_GNU_SOURCE -D_FORTIFY_SOURCE=2 -Wall -Wextra -Werror phoenix_files.c -x none -o phoenix_files_cxx \
        $(pkg-config --cflags --libs viaduct-phoenix-wrapped)
    ./phoenix_files_cxx
    compile portfolio viaduct-portfolio $(pkg-config --libs viaduct-portfolio)
    compile gateway viaduct-gateway $(pkg-config --libs viaduct-gateway)
    run_all .
    ;;
pkg-config-static)
    # Only the static libraries are there for the linker to find.
    mkdir only-static
    cp "$libraries"/libviaduct*.a only-static
    for package in viaduct:core viaduct-openharmony:openharmony viaduct-hdf:hdf \
        viaduct-legato:legato viaduct-phoenix:phoenix viaduct-phoenix-wrapped:phoenix_files \
        viaduct-portfolio:portfolio viaduct-gateway:gateway; do
        program=${package#*:}
        compile "$program" "${package%:*}" -Lonly-static \
            $(pkg-config --static --libs "${package%:*}" | sed "s|-L[^ ]*||g")
        if ldd "$program" | grep viaduct; then
            echo "$program: not linked statically"
            exit 1
        fi
    done
    run_all .
    ;;
openharmony-names)
    # OH_LOG_Print must come with the first two alone, as the SDK's own documents link it.
    cc -std=c11 -Wall -Wextra -Werror openharmony.c -o openharmony \
        -I"$prefix/include/openharmony" -L"$libraries" -Wl,-rpath,"$libraries" \
        -lipc_capi -lchild_process
    ./openharmony
    cc -std=c11 -Wall -Wextra -Werror openharmony.c -o openharmony \
        -I"$prefix/include/openharmony" -L"$libraries" -Wl,-rpath,"$libraries" \
        -lipc_capi -lchild_process -lhilog_ndk.z -lhilog_ndk
    ./openharmony
    ;;
hdf-host)
    # The commands of docs/hdf.md, "To two hosts", in this folder.
    cp "$VIADUCT_TEST_SOURCE"/examples/hdf/*.[ch]* .
    mkdir drivers
    export PATH=$prefix/bin:$PATH LD_LIBRARY_PATH=$libraries
    cc -shared -fPIC -o drivers/libsample_driver.so sample_driver.c $(pkg-config --cflags --libs viaduct-hdf)
    cc -o sample_client sample_client.c $(pkg-config --cflags --libs viaduct-hdf)
    viaduct hcs check device_info.hcs
    [ "$(viaduct hcs get device_info.hcs device_info.sample_host.device_sample.device0.permission)" = 0666 ]
    viaduct hcs tree device_info.hcs | grep -F 'serviceName = "sample_driver";'
    unset LD_LIBRARY_PATH # the installed programs find their library by themselves

    export VIADUCT_GATEWAY=unix:$work/sock
    mkfifo gateway.says host.says
    viaductd --socket "$work/sock" >gateway.says &
    started=$!
    trap 'kill $started; wait; rm -rf "$work"' EXIT
    read -r line <gateway.says
    viaduct-hdf-host --modules drivers device_info.hcs >host.says &
    started="$! $started"
    read -r line <host.says
    [ "$line" = "viaduct-hdf-host: ready hosts=1 devices=1" ]
    LD_LIBRARY_PATH=$libraries ./sample_client hello
    viaduct watch sample_driver --from latest --count 1 | grep -F '1 ["hello"]'
    ;;
legato-store)
    # The commands of docs/legato.md, "To two hosts", "Bindings" and "Generated code", in this folder.
    cp "$VIADUCT_TEST_SOURCE"/examples/legato/*.[ch] .
    cp -r "$VIADUCT_TEST_SOURCE"/tests/integration/legato/generated .
    mv generated/guest.c generated/guest_cxx.cc generated/host.c .
    export PATH=$prefix/bin:$PATH LD_LIBRARY_PATH=$libraries
    gcc -DLE_COMPONENT_NAME=kvStore -o kvstore_service kvstore_service.c $(pkg-config --cflags --libs viaduct-legato)
    gcc -DLE_COMPONENT_NAME=kvClient -o kvstore_client kvstore_client.c $(pkg-config --cflags --libs viaduct-legato)
    gcc -I generated -o guest guest.c generated/greeting_client.c $(pkg-config --cflags --libs viaduct-legato)
    cat >named.c <<END
static const char *name = "guest.greeting";
const char **greeting_ServiceInstanceNamePtr = &name;
END
    gcc -DMK_TOOLS_BUILD -I generated -o guest_of_tools guest.c named.c generated/greeting_client.c \
        $(pkg-config --cflags --libs viaduct-legato)
    gcc -I generated -c generated/greeting_client.c $(pkg-config --cflags viaduct-legato)
    g++ -I generated -o guest_cxx guest_cxx.cc greeting_client.o $(pkg-config --cflags --libs viaduct-legato)
    gcc -I generated -o host host.c generated/greeting_server.c $(pkg-config --cflags --libs viaduct-legato)
    unset LD_LIBRARY_PATH # the installed programs find their library by themselves
    legato() { LD_LIBRARY_PATH=$libraries "$@"; }

    start_gateway
    legato start ./kvstore_service
    legato ./kvstore_client set colour green
    at_desk() {
        VIADUCT_GATEWAY=wss://127.0.0.1:$port VIADUCT_CA=certs/ca.pem VIADUCT_CERT=certs/desk.pem VIADUCT_KEY=certs/desk.key legato "$@"
    }
    [ "$(at_desk ./kvstore_client get colour)" = green ]

    user="<$(id -un)>"
    legato start ./kvstore_service spare
    viaduct bind "$user.kvStore" "$user.spare"
    viaduct bind '<nobody>.kvStore' "$user.kvStore"
    viaduct bindings | grep -F "        $user.kvStore -> $user.spare"
    viaduct bindings | grep -F "        $user.spare  (protocol ID = 'kvStore-1', max message size = 336 bytes)"
    legato ./kvstore_client set colour red
    [ "$(at_desk ./kvstore_client get colour)" = green ]
    viaduct bind "$user.kvStore" "$user.none"
    mkfifo watched
    LD_LIBRARY_PATH=$libraries ./kvstore_client watch >watched &
    started="$! $started"
    exec {watched}<watched
    until viaduct ls --waiting | grep -F "kvStore  WAITING for $user.none  kvStore-1"; do
        :
    done
    viaduct bindings | tail -4 | grep -F "$user.kvStore WAITING for $user.none  (protocol ID = 'kvStore-1')"
    viaduct unbind "$user.kvStore"
    read -r line <&"$watched"
    [ "$line" = watching ]

    legato start ./host
    [ "$(legato ./guest)" = done ]
    [ "$(legato ./guest_cxx)" = done ]
    viaduct bind "$user.guest.greeting" "$user.greeting"
    [ "$(legato ./guest_of_tools)" = done ]
    ;;
phoenix-files)
    # The commands of docs/phoenix.md, "To two hosts", in this folder.
    cp "$VIADUCT_TEST_SOURCE"/examples/phoenix/*.[ch] .
    gcc -D_GNU_SOURCE -o tree_client tree_client.c $(pkg-config --cflags --libs viaduct-phoenix-wrapped) -Wl,-rpath,"$libraries"
    export PATH=$prefix/bin:$PATH
    gcc -D_GNU_SOURCE -o ramfs_server ramfs_*.c $(pkg-config --cflags --libs viaduct-phoenix) -Wl,-rpath,"$libraries"
    gcc -D_GNU_SOURCE -DVIADUCT_PHOENIX_MSG_API=2025 -o files_client files_*.c \
        $(pkg-config --cflags --libs viaduct-phoenix) -Wl,-rpath,"$libraries"

    start_gateway
    at_desk() {
        VIADUCT_GATEWAY=wss://127.0.0.1:$port VIADUCT_CA=certs/ca.pem VIADUCT_CERT=certs/desk.pem VIADUCT_KEY=certs/desk.key "$@"
    }
    start ./ramfs_server
    ./files_client put /colour green
    [ "$(at_desk ./files_client cat /colour)" = green ]
    at_desk ./tree_client copy certs /certs
    at_desk ./tree_client copy /certs copied
    diff -r certs copied
    at_desk start ./ramfs_server -n second -m /mnt
    read -r line <&"$says"
    [ "$line" = "ramfs: mounted on /mnt" ]
    ./files_client put /mnt/colour red
    [ "$(at_desk ./files_client cat second/colour)" = red ]
    ;;
portfolio-pads)
    # The commands of docs/event-broker.md, "To two hosts", in this folder.
    cp "$VIADUCT_TEST_SOURCE"/examples/portfolio/{*.[ch],pad.jsonl} .
    gcc -o pad_listener pad_listener.c broker.c $(pkg-config --cflags --libs viaduct-portfolio) -Wl,-rpath,"$libraries"
    g++ -x c++ -std=c++20 -Wall -Wextra -Werror -o switcher focus_switcher.c broker.c $(pkg-config --cflags viaduct-portfolio) \
        -x none $(pkg-config --libs viaduct-portfolio) -Wl,-rpath,"$libraries"
    export PATH=$prefix/bin:$PATH

    start_gateway
    start viaduct-event-broker
    [ "$line" = "viaduct-event-broker: ready name=eventbroker" ]
    VIADUCT_GATEWAY=wss://127.0.0.1:$port VIADUCT_CA=certs/ca.pem VIADUCT_CERT=certs/desk.pem VIADUCT_KEY=certs/desk.key start ./pad_listener focus
    [ "$line" = "pad listener: listening" ]
    ./switcher | grep "'pad listener': FocusListener, has the focus"
    viaduct pod feed pad pad.jsonl
    until [ "$line" = "pad 1: A pressed" ]; do
        read -r line <&"$says"
    done
    ;;
*)
    echo "no such way: $way" >&2
    exit 2
    ;;
esac
