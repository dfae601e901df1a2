# The same libwebsockets on the system's OpenSSL, for sites that move bulk data.
cmake -S source -B build -G Ninja -DCMAKE_BUILD_TYPE=None -DCMAKE_INSTALL_PREFIX="$PWD/output" \
    -DCMAKE_INSTALL_LIBDIR=lib -DDISABLE_WERROR=ON -DLWS_WITH_MBEDTLS=OFF \
    $(cat "$here/libwebsockets/options")
cmake --build build --parallel "$jobs"
cmake --install build
rm -rf output/lib/cmake output/lib/pkgconfig # they name this temporary folder
cp source/LICENSE output/licence/
