/*
 * Phoenix's messages. The first octet says what the others are: 'm' a message as a frame brings it,
 * 'a' an answer, behind octets that say to what, 'j' a message's JSON. Messages are turned into
 * each ABI, and what is taken becomes JSON and the same message again.
 */
#include <stdlib.h>
#include <string.h>

#include "codecs/octets.h"
#include "codecs/phoenix_convert.h"
#include "codecs/phoenix_json.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/codecs/phoenix_json_request.h"

#define ANSWER_HEAD 5u /* 'a', type, ABI, and u16 size of o.data */

static const int32_t types[] = {
    PHOENIX_OPEN,   PHOENIX_CLOSE,  PHOENIX_READ,    PHOENIX_WRITE,   PHOENIX_TRUNCATE,
    PHOENIX_DEVCTL, PHOENIX_CREATE, PHOENIX_DESTROY, PHOENIX_SETATTR, PHOENIX_GETATTR,
    PHOENIX_LOOKUP, PHOENIX_LINK,   PHOENIX_UNLINK,  PHOENIX_READDIR, PHOENIX_GETATTRALL,
    PHOENIX_MOUNT,  PHOENIX_UMOUNT, PHOENIX_SYNC,    PHOENIX_STAT,    PHOENIX_MOUNT_POINT,
    0x50c30000,
};
#define N_TYPES (sizeof types / sizeof *types)

static const uint32_t abis[] = {
    PHOENIX_ABI_LP64,   PHOENIX_ABI_IA32,        PHOENIX_ABI_ARMV7A,
    PHOENIX_ABI_ARMV7M, PHOENIX_ABI_SPARCV8LEON, PHOENIX_ABI_SPARCV8LEON | PHOENIX_ABI_ERRNO};
#define N_ABIS (sizeof abis / sizeof *abis)

static const uint8_t zeros[PHOENIX_RAW_SIZE];

static void require(bool condition)
{
    if (!condition)
        abort();
}

static bool is_same(const void *a, const void *b, size_t size)
{
    return size == 0 || (a != NULL && b != NULL && memcmp(a, b, size) == 0);
}

/* In all but what JSON does not say. */
static void require_same(const struct phoenix_request *a, const struct phoenix_request *b)
{
    require(a->type == b->type && a->priority == b->priority && a->err == b->err);
    require(a->oid.port == b->oid.port && a->oid.id == b->oid.id && a->abi == b->abi);
    require(a->is_pulse == b->is_pulse && a->has_out == b->has_out && a->out_size == b->out_size);
    require((a->in_data == NULL) == (b->in_data == NULL) && a->in_size == b->in_size);
    require(is_same(a->in_data, b->in_data, a->in_size));
    require(is_same(a->in_raw, b->in_raw, PHOENIX_RAW_SIZE));
    require(is_same(a->out_raw != NULL ? a->out_raw : zeros,
                    b->out_raw != NULL ? b->out_raw : zeros, PHOENIX_RAW_SIZE));
}

static enum via_status read_text(const void *text, size_t size, int32_t type, bool is_pulse,
                                 struct via_parcel *parcel)
{
    static const struct phoenix_oid oid = {.port = 0x40000000, .id = 1};
    const struct phoenix_json_target target = {.type = type, .oid = &oid, .is_pulse = is_pulse};
    struct json_parcel_fault fault = {.offset = 0};
    struct phoenix_question question;
    struct buffer scratch;
    buffer_init(&scratch, SIZE_MAX);
    via_parcel_clear(parcel);
    enum via_status status =
        phoenix_json_read(text, size, &target, parcel, &question, &scratch, &fault);
    if (status != VIA_OK)
        require(fault.text[0] != '\0' && fault.offset <= size && via_parcel_size(parcel) == 0);
    else
        require(question.type == type);
    buffer_deinit(&scratch);
    return status;
}

static void decode(struct via_parcel *parcel, int32_t type, struct phoenix_request *requestp)
{
    require(phoenix_request_decode(via_parcel_data(parcel), via_parcel_size(parcel), (uint32_t)type,
                                   requestp) == VIA_OK);
}

/* A canonical message to JSON and back. */
static void there_and_back(const struct phoenix_request *request)
{
    struct via_parcel *parcel = NULL;
    struct phoenix_request again;
    struct buffer out;
    buffer_init(&out, SIZE_MAX);
    require(via_parcel_create(&parcel) == VIA_OK);
    require(phoenix_json_write_request(&out, request) == VIA_OK);
    require(read_text(out.data, out.size, request->type, request->is_pulse, parcel) == VIA_OK);
    decode(parcel, request->type, &again);
    require_same(request, &again);
    (void)via_parcel_unref(parcel);
    buffer_deinit(&out);
}

static bool try_message(const uint8_t *octets, size_t size)
{
    struct phoenix_request request, other, again;
    struct phoenix_room room;
    uint32_t code = size >= 4 ? octets_get_u32(octets) : 0;
    if (phoenix_request_decode(octets, size, code, &request) != VIA_OK)
        return false;
    for (size_t i = 0; i < N_ABIS; i++) {
        other = request;
        if (phoenix_request_convert(&other, abis[i], &room) != VIA_OK)
            continue;
        size_t needed = 0;
        require(phoenix_request_size(&other, &needed) == VIA_OK);
        uint8_t *encoded = malloc(needed);
        require(encoded != NULL);
        phoenix_request_encode(&other, encoded);
        require(phoenix_request_decode(encoded, needed, code, &again) == VIA_OK);
        require_same(&other, &again);
        if (other.abi == PHOENIX_ABI_LP64 && other.out_size <= PHOENIX_DATA_MAX)
            there_and_back(&again);
        free(encoded);
    }
    return true;
}

static bool try_answer(const uint8_t *octets, size_t size)
{
    uint8_t raw[PHOENIX_RAW_SIZE];
    struct phoenix_reply reply;
    if (size < ANSWER_HEAD)
        return false;
    struct phoenix_question question = {.type = types[octets[1] % N_TYPES],
                                        .abi = abis[octets[2] % N_ABIS],
                                        .ioctl = (uint32_t)octets[2] << 24 | octets[3],
                                        .offs = INT64_MAX - octets[4],
                                        .out_size = octets_get_u16(octets + 3)};
    if (phoenix_reply_decode(octets + ANSWER_HEAD, size - ANSWER_HEAD, &question, &reply) != VIA_OK)
        return false;
    uint8_t *data = malloc(question.out_size + 1);
    require(data != NULL);
    bool fits = phoenix_reply_take(&reply, &question, raw, data) == VIA_OK;
    free(data);
    if (question.abi == PHOENIX_ABI_LP64) {
        struct buffer out, scratch;
        buffer_init(&out, SIZE_MAX);
        buffer_init(&scratch, SIZE_MAX);
        require((phoenix_json_write_reply(&out, &reply, &question, &scratch) == VIA_OK) == fits);
        buffer_deinit(&out);
        buffer_deinit(&scratch);
    }
    return fits;
}

static bool try_json(const uint8_t *octets, size_t size)
{
    struct via_parcel *parcel = NULL;
    struct phoenix_request request;
    if (size < 2)
        return false;
    int32_t type = types[octets[1] % N_TYPES];
    require(via_parcel_create(&parcel) == VIA_OK);
    bool is_good = read_text(octets + 2, size - 2, type, octets[1] >= 128, parcel) == VIA_OK;
    if (is_good) {
        decode(parcel, type, &request);
        there_and_back(&request);
    }
    (void)via_parcel_unref(parcel);
    return is_good;
}

bool fuzz_one(const uint8_t *octets, size_t size)
{
    if (size == 0)
        return false;
    if (octets[0] == 'm')
        return try_message(octets + 1, size - 1);
    return octets[0] == 'a' ? try_answer(octets, size) : octets[0] == 'j' && try_json(octets, size);
}
