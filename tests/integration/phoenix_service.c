/*
 * A service of the family phoenix that is made of payloads alone, as a port's owner in any ABI
 * would write them: /dev/x, object 9 of port 0x40000005. It says "ready" and serves until its
 * standard input ends.
 *
 * mtRead gives what mtWrite wrote, mtGetAttr how many pulses came, mtReaddir one entry, mtLookup
 * consumes all and names object 7, mtDevCtl gives back what it was given. mtStat is answered as
 * sparcv8leon would, and type 0x7700 with octets that are no answer.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <viaduct/node.h>
#include <viaduct/object.h>

#include "codecs/phoenix_message.h"

#define PORT 0x40000005u
#define NOT_AN_ANSWER 0x7700
#define ENOENT_SAID (-2)
#define ENOSYS_SAID (-38)

struct answer {
    int32_t err;
    uint32_t abi;
    uint8_t raw[PHOENIX_RAW_SIZE];
    uint8_t *data; /* in the parcel, zero */
};

static uint8_t written[64];
static atomic_int n_written, n_pulses;

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void look_up(const struct phoenix_request *request, struct answer *answer)
{
    const struct phoenix_oid oid = {.port = PORT, .id = 7};
    answer->err = ENOENT_SAID;
    if (request->in_size == 0)
        return;
    answer->err = (int32_t)request->in_size - 1;
    (void)phoenix_put_oid(PHOENIX_ABI_LP64, answer->raw, &oid);
    (void)phoenix_put_oid(PHOENIX_ABI_LP64, answer->raw + 16, &oid);
}

static void read_entry(const struct phoenix_request *request, struct answer *answer)
{
    static const char entry[] = "\5\0\0\0\0\0\0\0\4\0\0\0\1\0\2\0hi";
    if (phoenix_get(PHOENIX_I64, PHOENIX_ABI_LP64, request->in_raw) != 0)
        answer->err = ENOENT_SAID;
    else
        memcpy(answer->data, entry, least(sizeof entry, request->out_size));
}

/* Block size, fragment size and number of blocks, big-endian. */
static void tell_statistics(const struct phoenix_request *request, struct answer *answer)
{
    static const uint8_t statistics[] = {0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 9};
    answer->abi = PHOENIX_ABI_SPARCV8LEON;
    memcpy(answer->data, statistics, least(sizeof statistics, request->out_size));
}

static void act(const struct phoenix_request *request, struct answer *answer)
{
    switch (request->type) {
    case PHOENIX_READ:
        answer->err = (int32_t)least((size_t)n_written, request->out_size);
        memcpy(answer->data, written, (size_t)answer->err);
        break;
    case PHOENIX_WRITE:
        n_written = (int)least(sizeof written, request->in_size);
        if (n_written > 0)
            memcpy(written, request->in_data, (size_t)n_written);
        answer->err = n_written;
        break;
    case PHOENIX_GETATTR:
        (void)phoenix_put(PHOENIX_I64, PHOENIX_ABI_LP64, answer->raw, (uint64_t)n_pulses);
        break;
    case PHOENIX_LOOKUP:
        look_up(request, answer);
        break;
    case PHOENIX_READDIR:
        read_entry(request, answer);
        break;
    case PHOENIX_STAT:
        tell_statistics(request, answer);
        break;
    case PHOENIX_DEVCTL:
        memcpy(answer->raw, request->in_raw, sizeof answer->raw);
        if (request->in_size > 0)
            memcpy(answer->data, request->in_data, least(request->in_size, request->out_size));
        break;
    default:
        answer->err = ENOSYS_SAID;
        break;
    }
}

static void reply(struct via_call *call, const struct phoenix_request *request)
{
    struct answer answer = {.err = 0};
    struct via_parcel *parcel = NULL;
    if (via_parcel_create(&parcel) != VIA_OK)
        return;
    via_parcel_set_layout(parcel, VIA_LAYOUT_PHOENIX);
    if (via_parcel_append(parcel, NULL, PHOENIX_REPLY_SIZE + request->out_size, VIA_TAG_PAD,
                          NULL) == VIA_OK) {
        answer.data = via_parcel_data(parcel) + PHOENIX_REPLY_SIZE;
        act(request, &answer);
        size_t size = phoenix_reply_encode(answer.err, answer.abi, answer.raw, request->out_size,
                                           via_parcel_data(parcel));
        if (request->type == NOT_AN_ANSWER)
            size = PHOENIX_REPLY_SIZE - 1;
        if (via_parcel_truncate(parcel, size, 1) == VIA_OK)
            (void)via_call_reply(call, 0, parcel);
    }
    via_parcel_unref(parcel);
}

static void serve(void *user, struct via_call *call)
{
    struct via_parcel *parcel = via_call_request(call);
    struct phoenix_request request;
    (void)user;
    enum via_status status = phoenix_request_decode(
        via_parcel_data(parcel), via_parcel_size(parcel), via_call_code(call), &request);
    if (status != VIA_OK)
        (void)via_call_fail(call, status);
    else if (request.is_pulse)
        n_pulses++;
    else
        reply(call, &request);
}

int main(void)
{
    char octet = 0;
    struct via_stub *stub = NULL;
    struct via_node *node = via_node_default();
    const struct via_stub_ops ops = {.size = sizeof ops, .call = serve};
    const struct via_publish_options options = {.size = sizeof options,
                                                .info = "port=1073741829 id=9"};
    if (via_stub_create(node, &ops, NULL, &stub) != VIA_OK ||
        via_node_publish(node, "phoenix", "/dev/x", stub, &options) != VIA_OK) {
        (void)fprintf(stderr, "phoenix_service: cannot be published\n");
        return 1;
    }
    (void)puts("ready");
    (void)fflush(stdout);
    while (read(STDIN_FILENO, &octet, 1) > 0)
        continue;
    stub = via_stub_unref(stub);
    return 0;
}
