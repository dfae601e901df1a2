# mbedTLS with our configuration in the place of its own, so that whoever includes its headers
# sees the structures the library was built with.
cp "$here/mbedtls/mbedtls_config.h" source/include/mbedtls/mbedtls_config.h
cmake -S source -B build -G Ninja -DCMAKE_BUILD_TYPE=None -DCMAKE_INSTALL_PREFIX="$PWD/output" \
    -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_POSITION_INDEPENDENT_CODE=ON \
    -DENABLE_PROGRAMS=OFF -DENABLE_TESTING=OFF -DGEN_FILES=OFF -DMBEDTLS_FATAL_WARNINGS=OFF \
    -DUSE_STATIC_MBEDTLS_LIBRARY=ON -DUSE_SHARED_MBEDTLS_LIBRARY=OFF
cmake --build build --parallel "$jobs"
cmake --install build
rm -rf output/lib/cmake output/lib/pkgconfig # they name this temporary folder
cp source/LICENSE output/licence/
