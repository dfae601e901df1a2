/*
 * Octets from anybody, read as a driver reads them. The first octet says how many of those behind
 * it are calls; the rest is the sbuf's content. The calls are made on it as received, as bound
 * memory, and as SBUF_IPC, each in a block of exactly its size. The first two must agree in all
 * they return. Octets are accepted when every call succeeded and nothing is left to read.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/hdf/sbuf.h"
#include "codecs/parcel.h"
#include "tests/fuzz/fuzz.h"

static void expect(bool holds)
{
    if (!holds)
        abort();
}

/* What a call came to: whether it succeeded, its value, and where what it points to stands. */
struct outcome {
    bool done;
    uint64_t value;
    size_t offset;
    size_t size;
};

static void point(const struct HdfSBuf *sbuf, struct outcome *outcome, const void *at, size_t size)
{
    const uint8_t *data = HdfSbufGetData(sbuf);
    const uint8_t *octets = at;
    if (octets == NULL)
        return;
    expect(octets >= data && (size_t)(octets - data) <= HdfSbufGetDataSize(sbuf) &&
           size <= HdfSbufGetDataSize(sbuf) - (size_t)(octets - data));
    outcome->offset = (size_t)(octets - data);
    outcome->size = size;
    for (size_t i = 0; i < size; i++) /* each of them can be read */
        outcome->value = outcome->value * 31 + octets[i];
}

#define READ(NAME, TYPE)                                                                           \
    do {                                                                                           \
        TYPE value = 0;                                                                            \
        outcome.done = HdfSbufRead##NAME(sbuf, &value);                                            \
        outcome.value = (uint64_t)value;                                                           \
    } while (0)

static struct outcome read_number(struct HdfSBuf *sbuf, unsigned which)
{
    struct outcome outcome = {.done = false};
    switch (which) {
    case 0:
        READ(Uint8, uint8_t);
        break;
    case 1:
        READ(Uint16, uint16_t);
        break;
    case 2:
        READ(Uint32, uint32_t);
        break;
    case 3:
        READ(Uint64, uint64_t);
        break;
    case 4:
        READ(Int8, int8_t);
        break;
    case 5:
        READ(Int16, int16_t);
        break;
    case 6:
        READ(Int32, int32_t);
        break;
    default:
        READ(Int64, int64_t);
        break;
    }
    return outcome;
}

static struct outcome read_text(struct HdfSBuf *sbuf, unsigned which)
{
    struct outcome outcome = {.done = false};
    const void *data = NULL;
    uint32_t size = 0;
    const char *text = NULL;
    switch (which) {
    case 0:
        text = HdfSbufReadString(sbuf);
        outcome.done = text != NULL;
        if (text != NULL)
            point(sbuf, &outcome, text, strlen(text) + 1);
        break;
    case 1:
        outcome.done = HdfSbufReadBuffer(sbuf, &data, &size);
        point(sbuf, &outcome, data, size);
        break;
    default:
        outcome.done = HdfSbufWriteString(sbuf, "written on");
        break;
    }
    return outcome;
}

static struct outcome read_ipc(struct HdfSBuf *sbuf, unsigned which)
{
    struct outcome outcome = {.done = false};
    const void *octets = NULL;
    const char16_t *units = NULL;
    float f32 = 0;
    double f64 = 0;
    size_t n_units = 0;
    switch (which) {
    case 0:
        outcome.done = HdfSbufReadFloat(sbuf, &f32) && HdfSbufReadDouble(sbuf, &f64);
        break;
    case 1:
        octets = HdfSbufReadUnpadBuffer(sbuf, 7);
        outcome.done = octets != NULL;
        point(sbuf, &outcome, octets, octets == NULL ? 0 : 7);
        break;
    case 2:
        units = HdfSbufReadString16(sbuf);
        outcome.done = units != NULL;
        while (units != NULL && units[n_units] != 0)
            n_units++;
        if (units != NULL)
            point(sbuf, &outcome, units, (n_units + 1) * sizeof *units);
        break;
    default: /* nothing of the kind was ever put in */
        expect(HdfSbufReadFileDescriptor(sbuf) == -1);
        expect(HdfSbufReadRemoteService(sbuf) == NULL);
        break;
    }
    return outcome;
}

static struct outcome call(struct HdfSBuf *sbuf, uint8_t which)
{
    size_t size = HdfSbufGetDataSize(sbuf);
    if (which < 8)
        return read_number(sbuf, which);
    if (which < 11)
        return read_text(sbuf, which - 8u);
    if (which < 15)
        return read_ipc(sbuf, which - 11u);
    HdfSbufSetDataSize(sbuf, which % 2 == 0 ? size : size / 2);
    return (struct outcome){.done = true};
}

static bool is_same(const struct outcome *one, const struct outcome *other)
{
    return one->done == other->done && one->value == other->value && one->offset == other->offset &&
           one->size == other->size;
}

static struct HdfSBuf *receive(const uint8_t *octets, size_t size)
{
    struct via_parcel *payload = NULL;
    expect(via_parcel_create(&payload) == VIA_OK);
    via_parcel_set_layout(payload, VIA_LAYOUT_SBUF);
    expect(via_parcel_append(payload, octets, size, VIA_TAG_PAD, NULL) == VIA_OK);
    struct HdfSBuf *sbuf = sbuf_wrap(payload);
    expect(sbuf != NULL);
    via_parcel_unref(payload);
    return sbuf;
}

static uint8_t *block_of(const uint8_t *octets, size_t size)
{
    uint8_t *block = malloc(size);
    expect(block != NULL);
    memcpy(block, octets, size);
    return block;
}

bool fuzz_one(const uint8_t *octets, size_t size)
{
    if (size < 2 || octets[0] >= size - 1)
        return false;
    const uint8_t *calls = octets + 1;
    size_t n_calls = octets[0];
    const uint8_t *content = calls + n_calls;
    size -= 1 + n_calls;

    uint8_t *blocks[2] = {block_of(content, size), block_of(content, size)};
    struct HdfSBuf *received = receive(content, size);
    struct HdfSBuf *bound = HdfSbufBind((uintptr_t)blocks[0], size);
    struct HdfSBuf *ipc = HdfSbufTypedBind(SBUF_IPC, (uintptr_t)blocks[1], size);
    expect(bound != NULL && ipc != NULL);
    bool accepted = true;
    bool agree = true; /* until one grew, which the other cannot */
    for (size_t i = 0; i < n_calls; i++) {
        struct outcome one = call(received, calls[i]);
        struct outcome other = call(bound, calls[i]);
        (void)call(ipc, calls[i]);
        agree = agree && !(calls[i] == 10 && one.done && !other.done);
        expect(!agree || is_same(&one, &other));
        accepted = accepted && one.done;
    }
    accepted = accepted && received->position == received->size;
    struct HdfSBuf *copy = HdfSbufCopy(received);
    expect(copy != NULL || HdfSbufGetCapacity(received) > SBUF_SIZE_MAX);
    HdfSbufRecycle(copy);
    HdfSbufRecycle(received);
    HdfSbufRecycle(bound);
    HdfSbufRecycle(ipc);
    free(blocks[0]);
    free(blocks[1]);
    parcel_pool_drain();
    return accepted;
}
