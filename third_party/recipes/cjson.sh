# cJSON is one file; its own CMakeLists.txt would only add warnings of ours to it.
mkdir -p output/include/cjson output/lib
cc $CFLAGS -std=c99 -c source/cJSON.c -o cJSON.o
ar rcs output/lib/libcjson.a cJSON.o
cp source/cJSON.h output/include/cjson/
cp source/LICENSE output/licence/
