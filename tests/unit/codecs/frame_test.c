/*
 * Frames: what is encoded decodes to the same, what is accepted encodes to the same octets, and
 * whatever else comes has its status.
 */
#include <cmocka.h>
#include <string.h>

#include "codecs/frame.h"
#include "codecs/octets.h"
#include "tests/unit/codecs/seed.h"

#define LIMIT (1u << 20)

/* A CALL with every section: META, two references, one descriptor, payload and tape. */
static const uint8_t meta_fields[] = {1, 0, 4, 0, 9, 0, 0, 0};
static const uint8_t body[] = "twenty-one octets....";
static const uint8_t tape[] = {3, 0x8f, 2};

struct sample {
    struct frame frame;
    uint8_t refs[2 * FRAME_REF_SIZE];
    uint8_t fds[FRAME_FD_SIZE];
    uint8_t octets[256];
    size_t size;
};

static void encode_sample(struct sample *sample)
{
    sample->size = frame_size(&sample->frame);
    assert_true(sample->size <= sizeof sample->octets);
    frame_encode(&sample->frame, sample->octets);
}

static void make_sample(struct sample *sample)
{
    memset(sample, 0, sizeof *sample);
    frame_ref_put(sample->refs, 0, &(struct frame_ref){4, 0x11, FRAME_REF_YOURS, 1});
    frame_ref_put(sample->refs, 1, &(struct frame_ref){8, 0x12, FRAME_REF_REMOTE, 2});
    frame_fd_put(sample->fds, 0, &(struct frame_fd){12, 0, 1, 3});
    sample->frame = (struct frame){
        .kind = FRAME_CALL,
        .flags = FRAME_META,
        .layout = 0x0102,
        .id = 0x03040506,
        .object = 0x0708090a,
        .code = 0x0b0c0d0e,
        .time = 0x0f101112,
        .body_size = sizeof body - 1,
        .n_refs = 2,
        .n_fds = 1,
        .meta = meta_fields,
        .meta_size = sizeof meta_fields,
        .refs = sample->refs,
        .fds = sample->fds,
        .body = body,
        .tape = tape,
        .tape_size = sizeof tape,
    };
    encode_sample(sample);
}

static enum via_status decode(const uint8_t *octets, size_t size, struct frame *framep)
{
    size_t used = 99;
    enum via_status status = frame_decode(octets, size, LIMIT, framep, &used);
    assert_int_equal(used, status == VIA_OK ? size : 0);
    return status;
}

static void expect_status(const struct sample *sample, enum via_status expected)
{
    struct frame frame;
    assert_int_equal(decode(sample->octets, sample->size, &frame), expected);
}

static void a_header_stands_as_documented(void **state)
{
    (void)state;
    struct sample sample;
    make_sample(&sample);
    /* 32 header, 16 META, 32 references, 16 descriptor, 24 payload, 8 tape */
    static const uint8_t header[FRAME_HEADER_SIZE] = {
        128,  0,    0,    0,    3,    2,    0x02, 0x01, 0x06, 0x05, 0x04,
        0x03, 0x0a, 0x09, 0x08, 0x07, 0x0e, 0x0d, 0x0c, 0x0b, 0x12, 0x11,
        0x10, 0x0f, 21,   0,    0,    0,    2,    0,    1,    0,
    };
    assert_int_equal(sample.size, 128);
    assert_memory_equal(sample.octets, header, sizeof header);
}

static void every_section_decodes_to_what_was_encoded(void **state)
{
    (void)state;
    struct sample sample;
    make_sample(&sample);
    struct frame frame;
    assert_int_equal(decode(sample.octets, sample.size, &frame), VIA_OK);
    assert_int_equal(frame.kind, FRAME_CALL);
    assert_int_equal(frame.flags, FRAME_META);
    assert_int_equal(frame.layout, 0x0102);
    assert_int_equal(frame.id, 0x03040506);
    assert_int_equal(frame.object, 0x0708090a);
    assert_int_equal(frame.code, 0x0b0c0d0e);
    assert_int_equal(frame.time, 0x0f101112);
    assert_int_equal(frame.meta_size, sizeof meta_fields);
    assert_memory_equal(frame.meta, meta_fields, sizeof meta_fields);
    assert_int_equal(frame.body_size, sizeof body - 1);
    assert_memory_equal(frame.body, body, sizeof body - 1);
    assert_int_equal(frame.tape_size, 8);
    assert_memory_equal(frame.tape, tape, sizeof tape);

    struct frame_ref ref;
    assert_int_equal(frame.n_refs, 2);
    frame_ref_get(frame.refs, 1, &ref);
    assert_int_equal(ref.offset, 8);
    assert_int_equal(ref.handle, 0x12);
    assert_int_equal(ref.flags, FRAME_REF_REMOTE);
    assert_int_equal(ref.kind, 2);
    struct frame_fd fd;
    assert_int_equal(frame.n_fds, 1);
    frame_fd_get(frame.fds, 0, &fd);
    assert_int_equal(fd.offset, 12);
    assert_int_equal(fd.stream, 0);
    assert_int_equal(fd.kind, 1);
    assert_int_equal(fd.directions, 3);
}

static void a_gap_comes_first(void **state)
{
    (void)state;
    struct sample sample = {
        .frame = {.kind = FRAME_EVENT,
                  .flags = FRAME_GAP,
                  .lost = 0x0102030405060708,
                  .id = 0x11111111,
                  .time = 0x22222222},
    };
    encode_sample(&sample);
    assert_int_equal(sample.size, 40);
    static const uint8_t lost[] = {8, 7, 6, 5, 4, 3, 2, 1};
    assert_memory_equal(sample.octets + 32, lost, sizeof lost);
    struct frame frame;
    assert_int_equal(decode(sample.octets, sample.size, &frame), VIA_OK);
    assert_true(frame.lost == 0x0102030405060708);
    assert_true(frame_number(&frame) == 0x2222222211111111);
}

static void decode_asks_for_more_at_every_cut(void **state)
{
    (void)state;
    struct sample sample;
    make_sample(&sample);
    for (size_t cut = 0; cut < sample.size; cut++) {
        struct frame frame;
        size_t used = 99;
        assert_int_equal(frame_decode(sample.octets, cut, LIMIT, &frame, &used), VIA_OK);
        assert_int_equal(used, 0);
    }
}

static void decode_takes_the_first_of_several_frames(void **state)
{
    (void)state;
    struct sample sample;
    make_sample(&sample);
    uint8_t two[512];
    memcpy(two, sample.octets, sample.size);
    memcpy(two + sample.size, sample.octets, sample.size);
    struct frame frame;
    size_t used = 0;
    assert_int_equal(frame_decode(two, 2 * sample.size, LIMIT, &frame, &used), VIA_OK);
    assert_int_equal(used, sample.size);
}

static void sizes_that_no_frame_has_are_refused(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {0, 8, 24, 31, 33, 36, 127, 129, 0xffffffff, 0xfffffffc};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct sample sample;
        make_sample(&sample);
        octets_put_u32(sample.octets, sizes[i]);
        expect_status(&sample, VIA_BAD_SIZE);
    }
}

static void a_frame_over_the_limit_is_refused_at_its_header(void **state)
{
    (void)state;
    struct sample sample;
    make_sample(&sample);
    struct frame frame;
    size_t used = 99;
    assert_int_equal(frame_decode(sample.octets, sample.size, 128, &frame, &used), VIA_OK);
    assert_int_equal(frame_decode(sample.octets, FRAME_HEADER_SIZE, 127, &frame, &used),
                     VIA_TOO_LARGE);
    octets_put_u32(sample.octets, 0xfffffff8);
    assert_int_equal(frame_decode(sample.octets, FRAME_HEADER_SIZE, LIMIT, &frame, &used),
                     VIA_TOO_LARGE);
}

static void a_body_larger_than_its_frame_is_refused_at_its_header(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {41,         0x7fffffff, 0xfffffff0,
                                     0xfffffff8, 0xfffffff9, 0xffffffff};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct sample sample;
        make_sample(&sample);
        octets_put_u32(sample.octets + 24, sizes[i]);
        struct frame frame;
        size_t used = 99;
        assert_int_equal(frame_decode(sample.octets, FRAME_HEADER_SIZE, LIMIT, &frame, &used),
                         VIA_BAD_SIZE);
    }
}

static void lists_longer_than_their_frame_are_refused(void **state)
{
    (void)state;
    struct sample sample;
    make_sample(&sample);
    octets_put_u16(sample.octets + 28, 1024);
    expect_status(&sample, VIA_BAD_SIZE);
    make_sample(&sample);
    sample.octets[30] = 250;
    expect_status(&sample, VIA_BAD_SIZE);
}

static void too_many_references_or_descriptors_are_refused(void **state)
{
    (void)state;
    static const uint16_t numbers[] = {1025, 0xffff};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sample sample;
        make_sample(&sample);
        octets_put_u16(sample.octets + 28, numbers[i]);
        expect_status(&sample, VIA_BAD_REFERENCE);
    }
    struct sample sample;
    make_sample(&sample);
    sample.octets[30] = 251;
    expect_status(&sample, VIA_BAD_REFERENCE);
}

static void a_reserved_octet_that_is_set_is_refused(void **state)
{
    (void)state;
    struct sample sample;
    make_sample(&sample);
    sample.octets[31] = 1;
    expect_status(&sample, VIA_BAD_SIZE);
}

static void padding_that_is_set_is_refused(void **state)
{
    (void)state;
    struct sample sample;
    make_sample(&sample);
    sample.octets[32 + 12] = 1; /* behind META's fields */
    expect_status(&sample, VIA_BAD_META);
    make_sample(&sample);
    sample.octets[96 + 21] = 1; /* behind the payload */
    expect_status(&sample, VIA_BAD_SIZE);
}

static void unknown_kinds_are_refused(void **state)
{
    (void)state;
    static const uint8_t kinds[] = {0, 14, 15, 0x80, 0xff};
    for (size_t i = 0; i < sizeof kinds; i++) {
        struct sample sample;
        make_sample(&sample);
        sample.octets[4] = kinds[i];
        expect_status(&sample, VIA_BAD_KIND);
    }
}

/* As docs/PROTOCOL.md tables it. */
static const struct {
    uint8_t kind;
    uint8_t flags;
    bool has_body;
    bool has_values;
} kinds[] = {
    {FRAME_HELLO, 0, true, false},
    {FRAME_WELCOME, 0, true, false},
    {FRAME_CALL, FRAME_ONEWAY | FRAME_META, true, true},
    {FRAME_REPLY, FRAME_ONEWAY, true, true},
    {FRAME_CANCEL, 0, false, false},
    {FRAME_EVENT, FRAME_GAP, true, true},
    {FRAME_DEATH, 0, false, false},
    {FRAME_RELEASE, 0, false, false},
    {FRAME_CHUNK, FRAME_LAST, true, false},
    {FRAME_DATA, FRAME_LAST, true, false},
    {FRAME_CREDIT, FRAME_LAST, false, false},
    {FRAME_ACK, FRAME_ECHO, false, false},
    {FRAME_BYE, 0, true, false},
};
#define N_KINDS (sizeof kinds / sizeof *kinds)

static void each_kind_has_its_flags_and_no_others(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_KINDS; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            struct sample sample = {.frame = {.kind = kinds[i].kind}};
            sample.frame.flags = (uint8_t)(1u << bit);
            encode_sample(&sample);
            bool is_allowed = (kinds[i].flags & (1u << bit)) != 0;
            expect_status(&sample, is_allowed ? VIA_OK : VIA_BAD_FLAGS);
        }
    }
}

static void each_kind_has_its_sections_and_no_others(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_KINDS; i++) {
        struct sample sample = {.frame = {.kind = kinds[i].kind}};
        encode_sample(&sample);
        expect_status(&sample, VIA_OK);

        sample.frame.body = body;
        sample.frame.body_size = 1;
        encode_sample(&sample);
        expect_status(&sample, kinds[i].has_body ? VIA_OK : VIA_BAD_SIZE);

        sample.frame.tape = tape;
        sample.frame.tape_size = 1;
        encode_sample(&sample);
        expect_status(&sample, kinds[i].has_values ? VIA_OK : VIA_BAD_SIZE);

        sample.frame.tape_size = 0;
        sample.frame.refs = sample.refs;
        sample.frame.n_refs = 1;
        encode_sample(&sample);
        expect_status(&sample, kinds[i].has_values ? VIA_OK : VIA_BAD_REFERENCE);

        sample.frame.n_refs = 0;
        sample.frame.fds = sample.fds;
        sample.frame.n_fds = 1;
        encode_sample(&sample);
        expect_status(&sample, kinds[i].has_values ? VIA_OK : VIA_BAD_REFERENCE);
    }
}

static void a_meta_larger_than_its_frame_is_refused(void **state)
{
    (void)state;
    /* With the 8 octets of the tape META can take 16 fields' octets and 4 of tape padding. */
    static const uint32_t sizes[] = {21, 22, 0x7fffffff, 0xfffffffb, 0xfffffffc, 0xffffffff};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct sample sample;
        make_sample(&sample);
        octets_put_u32(sample.octets + 32, sizes[i]);
        expect_status(&sample, VIA_BAD_META);
    }
    struct sample sample = {.frame = {.kind = FRAME_CALL}};
    encode_sample(&sample);
    sample.octets[5] = FRAME_META; /* and no room for its size */
    expect_status(&sample, VIA_BAD_SIZE);
}

static void expect_bad_ref(const struct frame_ref *first, const struct frame_ref *second)
{
    struct sample sample;
    make_sample(&sample);
    frame_ref_put(sample.octets + 48, 0, first);
    frame_ref_put(sample.octets + 48, 1, second);
    expect_status(&sample, VIA_BAD_REFERENCE);
}

static void references_outside_or_out_of_order_are_refused(void **state)
{
    (void)state;
    expect_bad_ref(&(struct frame_ref){8, 1, 0, 0}, &(struct frame_ref){8, 1, 0, 0});
    expect_bad_ref(&(struct frame_ref){8, 1, 0, 0}, &(struct frame_ref){4, 1, 0, 0});
    expect_bad_ref(&(struct frame_ref){4, 1, 0, 0}, &(struct frame_ref){21, 1, 0, 0});
    expect_bad_ref(&(struct frame_ref){0xffffffff, 1, 0, 0}, &(struct frame_ref){0, 1, 0, 0});
    expect_bad_ref(&(struct frame_ref){4, 1, 4, 0}, &(struct frame_ref){8, 1, 0, 0});
    expect_bad_ref(&(struct frame_ref){4, 1, 0, 0}, &(struct frame_ref){8, 1, 0x8000, 0});

    struct sample sample;
    make_sample(&sample);
    sample.octets[48 + 12] = 1; /* the entry's last four octets are zero */
    expect_status(&sample, VIA_BAD_REFERENCE);
    make_sample(&sample);
    frame_ref_put(sample.octets + 48, 1, &(struct frame_ref){20, 1, 0, 0}); /* the last place */
    expect_status(&sample, VIA_OK);
}

static void descriptors_outside_or_with_unknown_directions_are_refused(void **state)
{
    (void)state;
    static const struct frame_fd bad[] = {
        {21, 0, 0, 0}, {0xffffffff, 0, 0, 0}, {12, 0, 0, 8}, {12, 0, 0, 0xffff}};
    struct sample sample;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        make_sample(&sample);
        frame_fd_put(sample.octets + 80, 0, &bad[i]);
        expect_status(&sample, VIA_BAD_REFERENCE);
    }
    make_sample(&sample);
    sample.octets[80 + 15] = 1;
    expect_status(&sample, VIA_BAD_REFERENCE);

    make_sample(&sample);
    sample.frame.n_refs = 0;
    sample.frame.n_fds = 2;
    uint8_t two[2 * FRAME_FD_SIZE];
    frame_fd_put(two, 0, &(struct frame_fd){12, 0, 0, 1});
    frame_fd_put(two, 1, &(struct frame_fd){12, 0, 0, 1}); /* not ascending */
    sample.frame.fds = two;
    encode_sample(&sample);
    expect_status(&sample, VIA_BAD_REFERENCE);
}

static void what_no_frame_can_hold_has_no_size(void **state)
{
    (void)state;
    struct frame frame = {.kind = FRAME_CALL, .body_size = 0xffffffff};
    assert_true(frame_size(&frame) == SIZE_MAX);
    frame.body_size = 0xffffffd8; /* with the header exactly 2^32 - 8 */
    assert_true(frame_size(&frame) == 0xfffffff8);
    frame.tape_size = 1;
    assert_true(frame_size(&frame) == SIZE_MAX);
    frame = (struct frame){.kind = FRAME_CALL, .n_refs = FRAME_REFS_MAX + 1};
    assert_true(frame_size(&frame) == SIZE_MAX);
    frame = (struct frame){.kind = FRAME_CALL, .n_fds = FRAME_FDS_MAX + 1};
    assert_true(frame_size(&frame) == SIZE_MAX);
    frame = (struct frame){.kind = FRAME_CALL, .flags = FRAME_META, .meta_size = 0xffffffff};
    assert_true(frame_size(&frame) == SIZE_MAX);
}

/* ---- properties ---- */

#define RANDOM_MAX 2048u

/* A good frame of any kind; what it points to is in @store. */
static struct frame random_frame(struct seed *seed, uint8_t store[4][512])
{
    size_t i = seed_below(seed, N_KINDS);
    struct frame frame = {
        .kind = kinds[i].kind,
        .flags = (uint8_t)(seed_next(seed) & kinds[i].flags),
        .layout = (uint16_t)seed_next(seed),
        .id = (uint32_t)seed_next(seed),
        .object = (uint32_t)seed_next(seed),
        .code = (uint32_t)seed_next(seed),
        .time = (uint32_t)seed_next(seed),
        .meta = store[0],
        .refs = store[1],
        .fds = store[2],
        .body = store[3],
    };
    seed_fill(seed, store[0], 512);
    seed_fill(seed, store[3], 512);
    if (frame.flags & FRAME_META)
        frame.meta_size = seed_below(seed, 100);
    if (frame.flags & FRAME_GAP)
        frame.lost = seed_next(seed);
    if (kinds[i].has_body)
        frame.body_size = seed_below(seed, 512);
    if (!kinds[i].has_values)
        return frame;
    frame.tape = store[3];
    frame.tape_size = seed_below(seed, 20);
    uint32_t offset = 0;
    for (uint16_t n = 0; offset < frame.body_size && n < 30; n++) {
        struct frame_ref ref = {offset, (uint32_t)seed_next(seed), (uint16_t)seed_below(seed, 4),
                                (uint16_t)seed_next(seed)};
        struct frame_fd fd = {offset, (uint32_t)seed_next(seed), (uint16_t)seed_next(seed),
                              (uint16_t)seed_below(seed, 4)};
        if (seed_below(seed, 2) == 0)
            frame_ref_put(store[1], frame.n_refs++, &ref);
        else
            frame_fd_put(store[2], frame.n_fds++, &fd);
        offset += 1 + seed_below(seed, 40);
    }
    return frame;
}

static void expect_same_octets(const struct frame *frame, const uint8_t *octets, size_t size)
{
    uint8_t again[RANDOM_MAX];
    assert_int_equal(frame_size(frame), size);
    frame_encode(frame, again);
    assert_memory_equal(again, octets, size);
}

static void head_and_rest_are_the_frame_at_every_cut(void **state)
{
    (void)state;
    struct sample sample;
    make_sample(&sample);
    size_t head = frame_head_size(&sample.frame);
    assert_int_equal(head, 96);
    uint8_t octets[sizeof sample.octets];
    frame_encode_head(&sample.frame, octets);
    assert_memory_equal(octets, sample.octets, head);
    size_t rest = sample.size - head;
    for (size_t at = 0; at <= rest; at++) {
        for (size_t size = 0; size <= rest - at; size++) {
            memset(octets, 0xee, sizeof octets);
            frame_encode_rest(&sample.frame, at, size, octets);
            assert_memory_equal(octets, sample.octets + head + at, size);
            assert_int_equal(octets[size], 0xee);
        }
    }
}

/* The payload cut in two, and without its last octets, which are zeros. */
static void a_body_may_stand_in_two_places(void **state)
{
    (void)state;
    static const uint8_t whole[] = "of octets and zeros\0\0\0";
    uint8_t octets[256], elsewhere[32];
    struct sample sample;
    make_sample(&sample);
    sample.frame.body = whole;
    sample.frame.body_size = sizeof whole;
    encode_sample(&sample);
    size_t head = frame_head_size(&sample.frame), rest = sample.size - head;
    struct frame frame = sample.frame;
    for (size_t at = 0; at <= 19; at++) {
        memcpy(elsewhere, whole + at, 19 - at);
        frame.tail = elsewhere;
        frame.tail_at = (uint32_t)at;
        frame.tail_size = (uint32_t)(19 - at);
        assert_int_equal(frame_size(&frame), sample.size);
        memset(octets, 0xee, sizeof octets);
        frame_encode(&frame, octets);
        assert_memory_equal(octets, sample.octets, sample.size);
        for (size_t cut = 0; cut <= rest; cut++) {
            memset(octets, 0xee, sizeof octets);
            frame_encode_rest(&frame, 0, cut, octets);
            frame_encode_rest(&frame, cut, rest - cut, octets + cut);
            assert_memory_equal(octets, sample.octets + head, rest);
            assert_int_equal(octets[rest], 0xee);
        }
    }
}

static void a_head_decodes_alone_and_not_when_cut(void **state)
{
    (void)state;
    struct sample sample;
    make_sample(&sample);
    size_t head = frame_head_size(&sample.frame);
    struct frame frame;
    size_t used = 0;
    size_t size = 0;
    for (size_t cut = 0; cut < head; cut++)
        assert_int_equal(frame_decode_head(sample.octets, cut, &frame, &used, &size), VIA_BAD_SIZE);
    for (size_t cut = head; cut <= sizeof sample.octets; cut++) {
        assert_int_equal(frame_decode_head(sample.octets, cut, &frame, &used, &size), VIA_OK);
        assert_int_equal(used, head);
        assert_int_equal(size, sample.size);
    }
    assert_int_equal(frame.kind, FRAME_CALL);
    assert_int_equal(frame.body_size, sizeof body - 1);
    assert_int_equal(frame.tape_size, 8);
    assert_null(frame.body);
    assert_null(frame.tape);
    assert_memory_equal(frame.refs, sample.refs, sizeof sample.refs);
    assert_memory_equal(frame.fds, sample.fds, sizeof sample.fds);
}

static void a_head_is_judged_like_a_frame(void **state)
{
    (void)state;
    struct sample sample;
    make_sample(&sample);
    struct frame frame;
    size_t used = 0;
    size_t size = 0;
    octets_put_u32(sample.octets + 32, 0xfffffff8); /* META's own size */
    assert_int_equal(frame_decode_head(sample.octets, sample.size, &frame, &used, &size),
                     VIA_BAD_META);
    make_sample(&sample);
    octets_put_u32(sample.octets + 48, 21); /* the first reference's offset */
    assert_int_equal(frame_decode_head(sample.octets, 96, &frame, &used, &size), VIA_BAD_REFERENCE);
    make_sample(&sample);
    octets_put_u32(sample.octets + 24, 0xffffffff); /* the body */
    assert_int_equal(frame_decode_head(sample.octets, 96, &frame, &used, &size), VIA_BAD_SIZE);
    make_sample(&sample);
    sample.octets[4] = 0;
    assert_int_equal(frame_decode_head(sample.octets, 96, &frame, &used, &size), VIA_BAD_KIND);
}

static void any_frame_survives_the_round_trip(void **state)
{
    (void)state;
    struct seed seed = seed_start("frame round trip");
    for (unsigned round = 0; round < 20000; round++) {
        uint8_t store[4][512];
        struct frame frame = random_frame(&seed, store);
        uint8_t octets[RANDOM_MAX];
        size_t size = frame_size(&frame);
        assert_true(size <= sizeof octets);
        frame_encode(&frame, octets);
        struct frame again;
        assert_int_equal(decode(octets, size, &again), VIA_OK);
        assert_int_equal(again.kind, frame.kind);
        assert_int_equal(again.n_refs, frame.n_refs);
        assert_int_equal(again.n_fds, frame.n_fds);
        assert_int_equal(again.meta_size, frame.meta_size);
        assert_true(again.lost == frame.lost);
        expect_same_octets(&again, octets, size);
    }
}

/* One frame has one form: no octet of an accepted frame is without meaning. */
static void whatever_is_accepted_encodes_to_the_same_octets(void **state)
{
    (void)state;
    struct seed seed = seed_start("frame mutations");
    unsigned n_accepted = 0;
    for (unsigned round = 0; round < 50000; round++) {
        uint8_t store[4][512];
        struct frame frame = random_frame(&seed, store);
        uint8_t octets[RANDOM_MAX];
        size_t size = frame_size(&frame);
        frame_encode(&frame, octets);
        for (unsigned n = 1 + seed_below(&seed, 3); n > 0; n--)
            octets[seed_below(&seed, (uint32_t)size)] = (uint8_t)seed_next(&seed);
        struct frame again;
        size_t used = 0;
        if (frame_decode(octets, size, LIMIT, &again, &used) != VIA_OK || used == 0)
            continue;
        n_accepted++;
        expect_same_octets(&again, octets, used);
    }
    assert_true(n_accepted > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_stands_as_documented),
        cmocka_unit_test(every_section_decodes_to_what_was_encoded),
        cmocka_unit_test(a_gap_comes_first),
        cmocka_unit_test(decode_asks_for_more_at_every_cut),
        cmocka_unit_test(decode_takes_the_first_of_several_frames),
        cmocka_unit_test(sizes_that_no_frame_has_are_refused),
        cmocka_unit_test(a_frame_over_the_limit_is_refused_at_its_header),
        cmocka_unit_test(a_body_larger_than_its_frame_is_refused_at_its_header),
        cmocka_unit_test(lists_longer_than_their_frame_are_refused),
        cmocka_unit_test(too_many_references_or_descriptors_are_refused),
        cmocka_unit_test(a_reserved_octet_that_is_set_is_refused),
        cmocka_unit_test(padding_that_is_set_is_refused),
        cmocka_unit_test(unknown_kinds_are_refused),
        cmocka_unit_test(each_kind_has_its_flags_and_no_others),
        cmocka_unit_test(each_kind_has_its_sections_and_no_others),
        cmocka_unit_test(a_meta_larger_than_its_frame_is_refused),
        cmocka_unit_test(references_outside_or_out_of_order_are_refused),
        cmocka_unit_test(descriptors_outside_or_with_unknown_directions_are_refused),
        cmocka_unit_test(what_no_frame_can_hold_has_no_size),
        cmocka_unit_test(head_and_rest_are_the_frame_at_every_cut),
        cmocka_unit_test(a_body_may_stand_in_two_places),
        cmocka_unit_test(a_head_decodes_alone_and_not_when_cut),
        cmocka_unit_test(a_head_is_judged_like_a_frame),
        cmocka_unit_test(any_frame_survives_the_round_trip),
        cmocka_unit_test(whatever_is_accepted_encodes_to_the_same_octets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
