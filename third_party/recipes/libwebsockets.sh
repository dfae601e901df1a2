# libwebsockets on mbedTLS: HTTP/1 and WebSocket, client and server, nothing that compresses, and
# no event loop of its own but poll (we bring ours as a custom event library at run time).
mbedtls=$(where mbedtls)
cmake -S source -B build -G Ninja -DCMAKE_BUILD_TYPE=None -DCMAKE_INSTALL_PREFIX="$PWD/output" \
    -DCMAKE_INSTALL_LIBDIR=lib -DDISABLE_WERROR=ON \
    -DLWS_WITH_MBEDTLS=ON -DMBEDTLS_INCLUDE_DIRS="$mbedtls/include" \
    -DMBEDTLS_LIBRARY="$mbedtls/lib/libmbedtls.a" \
    -DMBEDX509_LIBRARY="$mbedtls/lib/libmbedx509.a" \
    -DMBEDCRYPTO_LIBRARY="$mbedtls/lib/libmbedcrypto.a" \
    -DMBEDTLS_LIBRARIES="$mbedtls/lib/libmbedtls.a;$mbedtls/lib/libmbedx509.a;$mbedtls/lib/libmbedcrypto.a" \
    $(cat "$here/libwebsockets/options")
cmake --build build --parallel "$jobs"
cmake --install build
rm -rf output/lib/cmake output/lib/pkgconfig # they name this temporary folder
cp source/LICENSE output/licence/
