/*
 * The payload of a HELLO or WELCOME: what is taken is encoded again, and decodes to the same.
 */
#include <stdlib.h>
#include <string.h>

#include "codecs/hello.h"
#include "tests/fuzz/fuzz.h"

bool fuzz_one(const uint8_t *octets, size_t size)
{
    struct hello hello, again;
    uint8_t copy[HELLO_SIZE_MAX];
    if (hello_decode(octets, size, &hello) != VIA_OK)
        return false;
    size_t encoded = hello_encode(&hello, copy);
    if (hello_decode(copy, encoded, &again) != VIA_OK || strcmp(hello.name, again.name) != 0 ||
        hello.frame_max != again.frame_max || hello.uid != again.uid)
        abort();
    return true;
}
