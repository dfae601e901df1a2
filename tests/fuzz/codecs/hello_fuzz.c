/*
 * Octets as the payload of a HELLO or WELCOME. What is accepted means the same when it is said
 * again, in no more octets.
 */
#include <stdlib.h>
#include <string.h>

#include "codecs/hello.h"
#include "tests/fuzz/fuzz.h"

static bool are_equal(const struct hello *one, const struct hello *other)
{
    return one->features == other->features && one->frame_max == other->frame_max &&
           one->calls_max == other->calls_max && one->handles_max == other->handles_max &&
           one->epoch == other->epoch && strcmp(one->name, other->name) == 0 &&
           one->pid == other->pid && one->uid == other->uid && one->gid == other->gid &&
           one->token == other->token && strcmp(one->identity, other->identity) == 0 &&
           one->session == other->session &&
           memcmp(one->secret, other->secret, sizeof one->secret) == 0 &&
           one->received == other->received && one->resumed == other->resumed &&
           one->grace_ms == other->grace_ms && one->credit == other->credit &&
           one->transfers_max == other->transfers_max && one->streams_max == other->streams_max;
}

bool fuzz_one(const uint8_t *octets, size_t size)
{
    struct hello hello, again;
    if (hello_decode(octets, size, &hello) != VIA_OK)
        return false;
    uint8_t out[HELLO_SIZE_MAX];
    size_t out_size = hello_encode(&hello, out);
    if (out_size > sizeof out || hello_decode(out, out_size, &again) != VIA_OK)
        abort();
    /* Root without process or token is what a structure that nobody filled in says. */
    bool is_unset = hello.pid == 0 && hello.uid == 0 && hello.gid == 0 && hello.token == 0;
    if (!is_unset && !are_equal(&hello, &again))
        abort();
    return true;
}
