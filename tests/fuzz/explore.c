/*
 * A fuzz target under libFuzzer, which has the main function.
 */
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    (void)fuzz_one(octets, size); /* any verdict will do: it looks for crashes */
    return 0;
}
