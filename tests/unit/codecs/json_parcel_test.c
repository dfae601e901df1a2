/*
 * Payloads as JSON: json_parcel reads what json_payload writes, so both are tested here. Random
 * parcels come back octet by octet, random JSON letter by letter.
 */
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codecs/json_parcel.h"
#include "codecs/json_payload.h"
#include "codecs/layout.h"
#include "codecs/parcel.h"
#include "codecs/utf8.h"
#include "tests/unit/codecs/seed.h"

/* ---- objects and descriptors, shown as numbers from 100 on ---- */

#define N_OBJECTS 5u
#define FIRST_NUMBER 100u

static int n_refs;

static void ref_object(struct object *object)
{
    (void)object;
    n_refs++;
}

static void unref_object(struct object *object)
{
    (void)object;
    n_refs--;
}

static const struct object_ops object_ops = {ref_object, unref_object};
static struct object objects[N_OBJECTS];
static int descriptor = -1;

static struct via_proxy *proxy_of(unsigned index)
{
    return (struct via_proxy *)&objects[index];
}

/* The parcel whose references are shown. */
static enum via_status show_ref(void *user, uint32_t index, uint32_t *numberp)
{
    const struct via_parcel *parcel = user;
    const struct via_proxy *proxy =
        via_parcel_ref_at(parcel, via_parcel_ref_offset(parcel, index), NULL);
    *numberp = FIRST_NUMBER + (uint32_t)((const struct object *)proxy - objects);
    return VIA_OK;
}

static enum via_status show_fd(void *user, uint32_t index, uint32_t *numberp)
{
    (void)user;
    *numberp = FIRST_NUMBER + index;
    return VIA_OK;
}

static enum via_status find_ref(void *user, uint32_t number, struct via_proxy **proxyp)
{
    (void)user;
    if (number < FIRST_NUMBER || number >= FIRST_NUMBER + N_OBJECTS)
        return VIA_NOT_FOUND;
    *proxyp = proxy_of(number - FIRST_NUMBER);
    return VIA_OK;
}

static enum via_status find_fd(void *user, uint32_t number, int *fdp)
{
    (void)user;
    if (number < FIRST_NUMBER || number >= FIRST_NUMBER + VIA_PARCEL_FDS_MAX)
        return VIA_NOT_FOUND;
    *fdp = descriptor;
    return VIA_OK;
}

static const struct json_objects known = {.ref = find_ref, .fd = find_fd};
static struct buffer scratch;
static struct buffer out;

static int open_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OBJECTS; i++)
        objects[i].ops = &object_ops;
    descriptor = open("/dev/null", O_RDWR | O_CLOEXEC);
    buffer_init(&scratch, SIZE_MAX);
    buffer_init(&out, SIZE_MAX);
    n_refs = 0;
    return descriptor < 0;
}

static int close_all(void **state)
{
    (void)state;
    buffer_deinit(&scratch);
    buffer_deinit(&out);
    parcel_pool_drain();
    assert_int_equal(n_refs, 0);
    assert_int_equal(dup(descriptor), descriptor + 1); /* no other one is left open */
    return close(descriptor + 1) + close(descriptor);
}

static struct via_parcel *create(enum via_layout layout)
{
    struct via_parcel *parcel = NULL;
    assert_int_equal(via_parcel_create(&parcel), VIA_OK);
    via_parcel_set_layout(parcel, layout);
    return parcel;
}

/* ---- there and back ---- */

static void write_json(struct via_parcel *parcel)
{
    const struct json_numbers numbers = {.user = parcel, .ref = show_ref, .fd = show_fd};
    struct payload payload;
    parcel_payload(parcel, &payload);
    buffer_cut(&out, 0);
    assert_int_equal(json_payload_write(&out, &payload, &numbers), VIA_OK);
}

static enum via_status read_text(const char *text, size_t size, struct via_parcel *parcel,
                                 struct json_parcel_fault *fault)
{
    char *copy = malloc(size > 0 ? size : 1); /* so that a sanitizer sees its end */
    assert_non_null(copy);
    memcpy(copy, text, size);
    enum via_status status = json_parcel_read(copy, size, parcel, &known, &scratch, fault);
    free(copy);
    return status;
}

static struct via_parcel *read_json(enum via_layout layout)
{
    struct via_parcel *parcel = create(layout);
    struct json_parcel_fault fault;
    if (read_text((char *)out.data, out.size, parcel, &fault) != VIA_OK)
        fail_msg("%s in %.*s", fault.text, (int)out.size, (char *)out.data);
    return parcel;
}

static bool is_equal(struct via_parcel *a, struct via_parcel *b)
{
    struct payload left;
    struct payload right;
    parcel_payload(a, &left);
    parcel_payload(b, &right);
    if (left.size != right.size || left.tape_size != right.tape_size ||
        left.n_refs != right.n_refs || left.n_fds != right.n_fds)
        return false;
    if ((left.size > 0 && memcmp(left.octets, right.octets, left.size) != 0) ||
        (left.tape_size > 0 && memcmp(left.tape, right.tape, left.tape_size) != 0) ||
        (left.n_refs > 0 && memcmp(left.refs, right.refs, left.n_refs * FRAME_REF_SIZE) != 0) ||
        (left.n_fds > 0 && memcmp(left.fds, right.fds, left.n_fds * FRAME_FD_SIZE) != 0))
        return false;
    for (size_t i = 0; i < left.n_refs; i++) {
        if (via_parcel_ref_at(a, via_parcel_ref_offset(a, i), NULL) !=
            via_parcel_ref_at(b, via_parcel_ref_offset(b, i), NULL))
            return false;
    }
    return true;
}

static void check_round_trip(struct via_parcel *parcel, enum via_layout layout)
{
    write_json(parcel);
    struct via_parcel *back = read_json(layout);
    if (!is_equal(parcel, back))
        fail_msg("changed by %.*s", (int)out.size, (char *)out.data);
    (void)via_parcel_unref(back);
}

/* ---- random parcels ---- */

static size_t fill_text(struct seed *seed, uint8_t *text, size_t room)
{
    size_t size = seed_below(seed, (unsigned)room);
    unsigned kind = seed_below(seed, 3);
    size_t at = 0;
    while (at < size) {
        uint32_t point = 0;
        switch (kind) {
        case 0: /* ASCII, control characters too */
            text[at++] = (uint8_t)(1 + seed_below(seed, 127));
            break;
        case 1: /* UTF-8 of all lengths */
            point = 1 + seed_below(seed, 1u << (7 + seed_below(seed, 14)));
            if (point >= 0xd800 && point <= 0xdfff)
                point = 0x20ac;
            if (size - at < UTF8_MAX)
                return at;
            at += utf8_encode(point, text + at);
            break;
        default: /* anything but NUL */
            text[at++] = (uint8_t)(1 + seed_below(seed, 255));
            break;
        }
    }
    return size;
}

static uint64_t random_bits(struct seed *seed)
{
    static const uint64_t special[] = {0,
                                       1,
                                       UINT64_MAX,
                                       UINT64_C(0x8000000000000000),
                                       UINT64_C(0x7ff0000000000000),
                                       UINT64_C(0x7ff8000000000000),
                                       UINT64_C(0xfff8000000000001),
                                       UINT64_C(0x7f8000007f800000),
                                       UINT64_C(0x7fc000007fc00000),
                                       UINT64_C(0x8000000080000000),
                                       UINT64_C(0x4000000040000000)};
    unsigned n = sizeof special / sizeof special[0];
    unsigned choice = seed_below(seed, 2 * n);
    return choice < n ? special[choice] : seed_next(seed) >> seed_below(seed, 64);
}

/* Sets @value to something of @tag, with its octets in @room. */
static void fill_value(struct seed *seed, enum via_tag tag, struct value *value, uint8_t *room,
                       size_t size)
{
    uint64_t bits = random_bits(seed);
    uint32_t low = (uint32_t)bits;
    *value = (struct value){.tag = tag};
    switch (tag) {
    case VIA_TAG_I8:
        value->i = (int64_t)(bits & 0xff) - 128;
        break;
    case VIA_TAG_I16:
        value->i = (int16_t)bits;
        break;
    case VIA_TAG_I32:
        value->i = (int32_t)bits;
        break;
    case VIA_TAG_U8:
        value->u = (uint8_t)bits;
        break;
    case VIA_TAG_U16:
        value->u = (uint16_t)bits;
        break;
    case VIA_TAG_U32:
        value->u = low;
        break;
    case VIA_TAG_BOOL:
        value->u = bits & 1u;
        break;
    case VIA_TAG_F32:
        memcpy(&value->f32, &low, sizeof low);
        break;
    case VIA_TAG_STR:
        value->null = seed_below(seed, 8) == 0;
        value->text.octets = room;
        value->text.size = fill_text(seed, room, size);
        break;
    case VIA_TAG_STR16:
    case VIA_TAG_BYTES:
        value->null = tag == VIA_TAG_STR16 && seed_below(seed, 8) == 0;
        value->text.octets = room;
        value->text.size = fill_text(seed, room, size) & ~(size_t)1;
        if (seed_below(seed, 2) == 0) /* units as of ASCII */
            for (size_t at = 1; at < value->text.size; at += 2)
                room[at] = 0;
        break;
    default:
        value->u = bits; /* I64, U64, F64, TOKEN: all 64 bits */
        break;
    }
}

static enum via_status add_random(struct seed *seed, struct via_parcel *parcel,
                                  const struct layout *layout)
{
    uint8_t room[80];
    struct value value;
    enum via_tag tag = (enum via_tag)(1 + seed_below(seed, VIA_TAG_TOKEN));
    if (tag == VIA_TAG_REF)
        return layout->put_ref(
            parcel, seed_below(seed, 4) == 0 ? NULL : proxy_of(seed_below(seed, N_OBJECTS)));
    if (tag == VIA_TAG_FD)
        return layout->put_fd(parcel, descriptor);
    fill_value(seed, tag, &value, room, sizeof room);
    unsigned n = seed_below(seed, 4) == 0 ? seed_below(seed, 300) : 1; /* runs */
    enum via_status status = VIA_OK;
    for (unsigned i = 0; i < n && status == VIA_OK; i++)
        status = layout->put(parcel, &value);
    return status;
}

static void check_random_parcels(enum via_layout number, size_t n_least)
{
    struct seed seed = seed_start(__func__);
    const struct layout *layout = layout_find(number);
    assert_non_null(layout);
    size_t n_values = 0;
    for (int i = 0; i < 3000; i++) {
        struct via_parcel *parcel = create(number);
        for (unsigned n = seed_below(&seed, 24); n > 0; n--) {
            enum via_status status = add_random(&seed, parcel, layout);
            assert_true(status == VIA_OK || status == VIA_BAD_TYPE);
            n_values += status == VIA_OK;
        }
        check_round_trip(parcel, number);
        if (i % 3 == 0) { /* once more as octets alone, which have no tape */
            via_parcel_drop_tape(parcel);
            check_round_trip(parcel, number);
        }
        (void)via_parcel_unref(parcel);
    }
    assert_true(n_values > n_least);
}

static void any_raw_parcel_comes_back_octet_by_octet(void **state)
{
    (void)state;
    check_random_parcels(VIA_LAYOUT_RAW, 20000);
}

static void any_openharmony_parcel_comes_back_octet_by_octet(void **state)
{
    (void)state;
    check_random_parcels(VIA_LAYOUT_OPENHARMONY, 20000);
}

static void any_sbuf_comes_back_octet_by_octet(void **state)
{
    (void)state;
    check_random_parcels(VIA_LAYOUT_SBUF, 15000); /* half of the types it does not have */
}

static void octets_of_an_unknown_layout_come_back(void **state)
{
    (void)state;
    const enum via_layout layout = (enum via_layout)77;
    struct via_parcel *parcel = create(layout);
    assert_int_equal(via_parcel_append(parcel, "\0\1\2\3\4\5\6\7", 8, VIA_TAG_PAD, NULL), VIA_OK);
    assert_int_equal(via_parcel_add_ref(parcel, 4, proxy_of(2), 9), VIA_OK);
    check_round_trip(parcel, layout);
    buffer_add_octet(&out, '\0');
    assert_string_equal((char *)out.data, "{\"raw\":\"AAECAwQFBgc=\",\"refs\":[[4,102,9]]}");
    (void)via_parcel_unref(parcel);
}

static void a_tape_that_lies_is_left_out(void **state)
{
    (void)state;
    static const uint8_t octets[] = {1, 2, 3};
    static const uint8_t tape[] = {VIA_TAG_U8, VIA_TAG_U32};
    const struct payload payload = {.layout = VIA_LAYOUT_RAW,
                                    .octets = octets,
                                    .size = sizeof octets,
                                    .tape = tape,
                                    .tape_size = sizeof tape};
    assert_int_equal(json_payload_write(&out, &payload, NULL), VIA_OK);
    buffer_add_octet(&out, '\0');
    assert_string_equal((char *)out.data, "{\"raw\":\"AQID\"}");
}

static enum via_status refuse_to_show(void *user, uint32_t index, uint32_t *numberp)
{
    (void)user;
    (void)index;
    (void)numberp;
    return VIA_BUSY;
}

static void what_the_numbers_refuse_is_passed_on(void **state)
{
    (void)state;
    const struct json_numbers numbers = {.ref = refuse_to_show, .fd = refuse_to_show};
    struct via_parcel *parcel = create(VIA_LAYOUT_RAW);
    struct payload payload;
    assert_int_equal(via_parcel_write_ref(parcel, proxy_of(0)), VIA_OK);
    parcel_payload(parcel, &payload);
    assert_int_equal(json_payload_write(&out, &payload, &numbers), VIA_BUSY);
    via_parcel_drop_tape(parcel);
    parcel_payload(parcel, &payload);
    buffer_cut(&out, 0);
    assert_int_equal(json_payload_write(&out, &payload, &numbers), VIA_BUSY);
    (void)via_parcel_unref(parcel);
}

static void a_full_buffer_is_told(void **state)
{
    (void)state;
    struct via_parcel *parcel = create(VIA_LAYOUT_RAW);
    struct payload payload;
    assert_int_equal(via_parcel_write_str(parcel, "hello"), VIA_OK);
    assert_int_equal(via_parcel_write_ref(parcel, proxy_of(0)), VIA_OK);
    parcel_payload(parcel, &payload);
    for (size_t limit = 0; limit < 40; limit++) {
        struct buffer small;
        buffer_init(&small, limit);
        enum via_status status = json_payload_write(&small, &payload, NULL);
        assert_int_equal(status, limit < 19 ? VIA_TOO_LARGE : small.status);
        buffer_deinit(&small);
    }
    (void)via_parcel_unref(parcel);
}

/* ---- random JSON of the grammar, in the one form that is written ---- */

static size_t print_string(struct seed *seed, char *out_text)
{
    static const char *const pieces[] = {"a",        "Z",
                                         " ",        "\\n",
                                         "\\\"",     "/",
                                         "\\\\",     "\\u0001",
                                         "\xc3\xa9", "\xe2\x82\xac",
                                         "{}",       "[\\t]",
                                         "1.5",      "\xf0\x9f\x98\x80"};
    size_t size = 0;
    out_text[size++] = '"';
    for (unsigned n = seed_below(seed, 12); n > 0; n--) {
        const char *piece = pieces[seed_below(seed, sizeof pieces / sizeof pieces[0])];
        memcpy(out_text + size, piece, strlen(piece));
        size += strlen(piece);
    }
    out_text[size++] = '"';
    out_text[size] = '\0';
    return size;
}

static void print_value(struct seed *seed, char *text, size_t room)
{
    static const char *const whole[] = {
        "true",
        "false",
        "null",
        "{\"str16\":null}",
        "{\"ref\":null}",
        "{\"ref\":103}",
        "{\"f64\":\"NaN\"}",
        "{\"f64\":\"-Infinity\"}",
        "{\"f32\":\"Infinity\"}",
        "{\"f32\":\"NaN:7fa00000\"}",
        "{\"f64\":-0}",
        "{\"bytes\":\"\"}",
        "{\"bytes\":\"AAEC/w==\"}",
        "{\"str\":{\"bytes\":\"/w==\"}}",
        "{\"str16\":{\"bytes\":\"ANg=\"}}",
        "{\"str16\":{\"bytes\":\"AAA=\"}}",
        "{\"u64\":\"18446744073709551615\"}",
        "{\"i64\":\"-9223372036854775808\"}",
        "{\"f64\":1e+300}",
        "1.5e-310",
        "-1.5e-300",
    };
    uint64_t bits = random_bits(seed);
    switch (seed_below(seed, 14)) {
    case 0:
        (void)snprintf(text, room, "%d", (int32_t)bits);
        break;
    case 1: /* a fraction that ends in no zero */
        (void)snprintf(text, room, "%d.%u", (int32_t)bits % 100000,
                       seed_below(seed, 999) * 10 + 1 + seed_below(seed, 9));
        break;
    case 2:
        (void)snprintf(text, room, "{\"f64\":%d}", (int32_t)bits);
        break;
    case 3:
        (void)snprintf(text, room, "{\"i8\":%d}", (int8_t)bits);
        break;
    case 4:
        (void)snprintf(text, room, "{\"i16\":%d}", (int16_t)bits);
        break;
    case 5:
        (void)snprintf(text, room, "{\"i64\":\"%lld\"}", (long long)bits);
        break;
    case 6:
        (void)snprintf(text, room, "{\"u8\":%u}", (uint8_t)bits);
        break;
    case 7:
        (void)snprintf(text, room, "{\"u16\":%u}", (uint16_t)bits);
        break;
    case 8:
        (void)snprintf(text, room, "{\"u32\":%u}", (uint32_t)bits);
        break;
    case 9:
        (void)snprintf(text, room, "{\"u64\":\"%llu\"}", (unsigned long long)bits);
        break;
    case 10:
        (void)snprintf(text, room, "{\"token\":\"%llu\"}", (unsigned long long)bits);
        break;
    case 11:
        (void)print_string(seed, text);
        break;
    case 12: {
        static const char start[] = "{\"str16\":";
        memcpy(text, start, sizeof start - 1);
        size_t size = sizeof start - 1 + print_string(seed, text + sizeof start - 1);
        memcpy(text + size, "}", 2);
        break;
    }
    default:
        (void)snprintf(text, room, "%s", whole[seed_below(seed, sizeof whole / sizeof whole[0])]);
        break;
    }
}

static void any_json_of_the_grammar_comes_back(void **state)
{
    (void)state;
    struct seed seed = seed_start(__func__);
    for (int i = 0; i < 5000; i++) {
        char text[2048] = "[";
        size_t size = 1;
        for (unsigned n = seed_below(&seed, 12); n > 0; n--) {
            char value[160];
            print_value(&seed, value, sizeof value);
            if (strncmp(value, "-0.", 3) == 0)
                continue; /* %d lost the sign of what was printed before the point */
            size += (size_t)snprintf(text + size, sizeof text - size, "%s%s", size > 1 ? "," : "",
                                     value);
        }
        text[size++] = ']';
        text[size] = '\0';

        struct via_parcel *parcel = create(VIA_LAYOUT_RAW);
        struct json_parcel_fault fault;
        if (read_text(text, size, parcel, &fault) != VIA_OK)
            fail_msg("%s in %s", fault.text, text);
        write_json(parcel);
        if (out.size != size || memcmp(out.data, text, out.size) != 0)
            fail_msg("%.*s, not %s", (int)out.size, (char *)out.data, text);
        (void)via_parcel_unref(parcel);
    }
}

/* ---- by hand ---- */

static void check_same(const char *text, const char *canonical)
{
    struct via_parcel *parcel = create(VIA_LAYOUT_RAW);
    struct json_parcel_fault fault;
    if (read_text(text, strlen(text), parcel, &fault) != VIA_OK)
        fail_msg("%s in %s", fault.text, text);
    write_json(parcel);
    if (out.size != strlen(canonical) || memcmp(out.data, canonical, out.size) != 0)
        fail_msg("%s: %.*s, not %s", text, (int)out.size, (char *)out.data, canonical);
    (void)via_parcel_unref(parcel);
}

static void other_ways_to_say_it_are_understood(void **state)
{
    (void)state;
    check_same(" [ ] ", "[]");
    check_same("{\"raw\":\"\"}", "[]");
    check_same("[2.0,2e0,{\"f64\":2}]", "[{\"f64\":2},{\"f64\":2},{\"f64\":2}]");
    check_same("[0.50,5e-1]", "[0.5,0.5]");
    check_same("[{\"i32\":5},{\"i32\":-0},-0]", "[5,0,0]");
    check_same("[{\"str\":\"a\"},{\"str\":null},{\"bool\":true}]", "[\"a\",null,true]");
    check_same("[\"\\u00e9\\/\\ud83d\\ude00\"]", "[\"\xc3\xa9/\xf0\x9f\x98\x80\"]");
    check_same("[{\"str\":{\"bytes\":\"YWI=\"}}]", "[\"ab\"]");
    check_same("[{\"str16\":{\"bytes\":\"YQBiAA==\"}}]", "[{\"str16\":\"ab\"}]");
    check_same("[{\"bytes\":\"\\/w==\"}]", "[{\"bytes\":\"/w==\"}]");
    check_same("[{\"f32\":1},{\"f32\":0.1}]", "[{\"f32\":1},{\"f32\":0.1}]");
    check_same("{\"raw\":\"AAAAAA==\",\"refs\":[[0,101,3]],\"fds\":[]}",
               "{\"raw\":\"AAAAAA==\",\"refs\":[[0,101,3]]}");
}

static void tags_are_what_was_said(void **state)
{
    (void)state;
    static const char text[] = "[1,\"a\",{\"u8\":7},{\"i64\":\"-5\"},1.5]";
    struct via_parcel *parcel = create(VIA_LAYOUT_RAW);
    struct json_parcel_fault fault;
    assert_int_equal(read_text(text, sizeof text - 1, parcel, &fault), VIA_OK);
    int32_t i32 = 0;
    const char *str = NULL;
    uint8_t u8 = 0;
    int64_t i64 = 0;
    double f64 = 0;
    assert_int_equal(via_parcel_read_i32(parcel, &i32), VIA_OK);
    assert_int_equal(i32, 1);
    assert_int_equal(via_parcel_read_str(parcel, &str), VIA_OK);
    assert_string_equal(str, "a");
    assert_int_equal(via_parcel_read_u8(parcel, &u8), VIA_OK);
    assert_int_equal(u8, 7);
    assert_int_equal(via_parcel_read_i64(parcel, &i64), VIA_OK);
    assert_int_equal(i64, -5);
    assert_int_equal(via_parcel_read_f64(parcel, &f64), VIA_OK);
    assert_true(f64 == 1.5);
    (void)via_parcel_unref(parcel);
}

static void check_refused(enum via_layout layout, const char *text, enum via_status wanted,
                          const char *words)
{
    struct via_parcel *parcel = create(layout);
    struct json_parcel_fault fault = {.text = ""};
    enum via_status status = read_text(text, strlen(text), parcel, &fault);
    if (status != wanted || strstr(fault.text, words) == NULL)
        fail_msg("%s gave %s: %s", text, via_status_name(status), fault.text);
    assert_true(utf8_check(fault.text, strlen(fault.text)));
    assert_true(fault.offset <= strlen(text));
    (void)via_parcel_unref(parcel);
}

static void what_is_no_value_is_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *words;
    } bad[] = {
        {"", "too early"},
        {"5", "array was expected"},
        {"\"a\"", "array was expected"},
        {"{}", "array was expected"},
        {"{\"x\":1}", "array was expected"},
        {"[1,2", "too early"},
        {"[1]]", "behind the value"},
        {"[1]x", "behind the value"},
        {"[1,[2]]", "data[1]: [2] is an array"},
        {"[2147483648]", "data[0]: 2147483648 is no i32: say {\"u32\""},
        {"[-2147483649]", "is no i32"},
        {"[99999999999999999999999999]", "is no i32"},
        {"[1e999]", "data[0]: 1e999 is too large for f64"},
        {"[{\"f32\":1e39}]", "too large for f32"},
        {"[{}]", "data[0]: {} has no name"},
        {"[{\"u9\":1}]", "under the name of a type"},
        {"[{\"u\\u0038\":1}]", "under the name of a type"},
        {"[{\"u8\":1,\"u8\":2}]", "more than one name"},
        {"[{\"u8\":1,\"u16\":2}]", "more than one name"},
        {"[{\"u8\":256}]", "out of range: u8 holds 0 to 255"},
        {"[{\"u8\":-1}]", "out of range"},
        {"[{\"i8\":-129}]", "out of range: i8 holds -128 to 127"},
        {"[{\"u32\":4294967296}]", "out of range"},
        {"[{\"u8\":1.0}]", "an integer"},
        {"[{\"u8\":\"1\"}]", "an integer"},
        {"[{\"u8\":[1]}]", "data[0]: {\"u8\":[1] is to be an integer"},
        {"[{\"i64\":5}]", "an integer in quotes"},
        {"[{\"i64\":\"9223372036854775808\"}]", "no integer that i64 holds"},
        {"[{\"u64\":\"-1\"}]", "no integer that u64 holds"},
        {"[{\"u64\":\"\"}]", "no integer"},
        {"[{\"u64\":\" 1\"}]", "no integer"},
        {"[{\"token\":7}]", "in quotes"},
        {"[{\"f64\":\"nan\"}]", "NaN, Infinity"},
        {"[{\"f64\":true}]", "a number"},
        {"[{\"bool\":1}]", "true or false"},
        {"[{\"bytes\":\"abc\"}]", "not base64"},
        {"[{\"bytes\":5}]", "base64 in quotes"},
        {"[{\"bytes\":null}]", "base64 in quotes"},
        {"[{\"str\":5}]", "a string"},
        {"[{\"str\":{}}]", "{\"bytes\":...}"},
        {"[{\"str\":{\"text\":\"\"}}]", "{\"bytes\":...}"},
        {"[{\"str\":{\"bytes\":5}}]", "base64"},
        {"[{\"str\":{\"bytes\":\"\",\"x\":1}}]", "more than one name"},
        {"[{\"str16\":{\"bytes\":\"YQ==\"}}]", "half a unit"},
        {"[\"a\\u0000b\"]", "has a NUL in it"},
        {"[{\"str16\":\"\\u0000\"}]", "has a NUL in it"},
        {"[\"\\ud800\"]", "surrogate"},
        {"[{\"ref\":\"17\"}]", "an integer"},
        {"[{\"ref\":4294967296}]", "out of range"},
        {"[{\"ref\":-1}]", "out of range"},
        {"{\"raw\":5}", "base64"},
        {"{\"raw\":\"*\"}", "not base64"},
        {"{\"refs\":[]}", "array was expected"},
        {"{\"raw\":\"\",\"raw\":\"\"}", "array was expected"},
        {"{\"raw\":\"\",\"fds\":[],\"refs\":[]}", "array was expected"},
        {"{\"raw\":\"\",\"refs\":5}", "an array"},
        {"{\"raw\":\"AAAAAA==\",\"refs\":[5]}", "[offset,number,kind]"},
        {"{\"raw\":\"AAAAAA==\",\"refs\":[[0,100]]}", "an integer"},
        {"{\"raw\":\"AAAAAA==\",\"refs\":[[0,100,65536]]}", "out of range"},
        {"{\"raw\":\"AAAAAA==\",\"refs\":[[0,100,0,0]]}", "[offset,number,kind]"},
        {"{\"raw\":\"AAAAAA==\",\"fds\":[[0]]}", "an integer"},
        {"{\"raw\":\"\"} 1", "behind the value"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        check_refused(VIA_LAYOUT_RAW, bad[i].text, VIA_BAD_JSON, bad[i].words);
}

static void what_the_layout_cannot_hold_is_refused_by_name(void **state)
{
    (void)state;
    check_refused(VIA_LAYOUT_OPENHARMONY, "[1,null]", VIA_BAD_TYPE,
                  "data[1]: null cannot stand in layout openharmony");
    check_refused(VIA_LAYOUT_OPENHARMONY, "[true]", VIA_BAD_TYPE, "data[0]: true cannot stand");
    check_refused(VIA_LAYOUT_OPENHARMONY, "[{\"token\":\"1\"}]", VIA_BAD_TYPE,
                  "{\"token\":\"1\" cannot stand in layout openharmony");
    check_refused(VIA_LAYOUT_SBUF, "[\"hello\",null,true]", VIA_BAD_TYPE,
                  "data[2]: true cannot stand in layout hdf");
    check_refused(VIA_LAYOUT_SBUF, "[1.5]", VIA_BAD_TYPE, "data[0]: 1.5 cannot stand");
    check_refused(VIA_LAYOUT_SBUF, "[{\"ref\":null}]", VIA_BAD_TYPE, "layout hdf");
    check_refused(VIA_LAYOUT_SBUF, "[{\"str\":{\"bytes\":\"YQBi\"}}]", VIA_BAD_TYPE, "layout hdf");
    check_refused(VIA_LAYOUT_RAW, "[{\"str\":{\"bytes\":\"YQBi\"}}]", VIA_BAD_TYPE, "layout raw");
    check_refused((enum via_layout)77, "[1]", VIA_BAD_TYPE, "say {\"raw\":...}");
}

static void objects_that_are_not_there_are_named(void **state)
{
    (void)state;
    check_refused(VIA_LAYOUT_RAW, "[1,{\"ref\":17}]", VIA_NOT_FOUND,
                  "data[1]: {\"ref\":17 names object 17: not_found");
    check_refused(VIA_LAYOUT_RAW, "[{\"fd\":17}]", VIA_NOT_FOUND, "descriptor 17: not_found");

    struct via_parcel *parcel = create(VIA_LAYOUT_RAW);
    struct json_parcel_fault fault;
    assert_int_equal(json_parcel_read("[{\"ref\":100}]", 13, parcel, NULL, &scratch, &fault),
                     VIA_BAD_TYPE);
    assert_int_equal(json_parcel_read("[{\"fd\":100}]", 12, parcel, NULL, &scratch, &fault),
                     VIA_BAD_TYPE);
    assert_non_null(strstr(fault.text, "no descriptors"));
    (void)via_parcel_unref(parcel);
}

static void a_long_value_is_shown_in_part(void **state)
{
    (void)state;
    char text[400];
    size_t size = (size_t)snprintf(text, sizeof text, "[{\"i8\":\"");
    while (size < 300)
        size += (size_t)snprintf(text + size, sizeof text - size, "\xc3\xa9");
    (void)snprintf(text + size, sizeof text - size, "\"}]");
    check_refused(VIA_LAYOUT_RAW, text, VIA_BAD_JSON, "\xc3\xa9... is to be an integer");
}

static void any_cut_is_refused(void **state)
{
    (void)state;
    static const char text[] =
        "[1,-2.5,\"a\\n\",{\"u64\":\"7\"},{\"str\":{\"bytes\":\"YQ==\"}},{\"ref\":100},null]";
    struct via_parcel *parcel = create(VIA_LAYOUT_RAW);
    struct json_parcel_fault fault;
    for (size_t cut = 0; cut < sizeof text - 1; cut++) {
        assert_int_not_equal(read_text(text, cut, parcel, &fault), VIA_OK);
        via_parcel_clear(parcel);
    }
    assert_int_equal(read_text(text, sizeof text - 1, parcel, &fault), VIA_OK);
    (void)via_parcel_unref(parcel);
}

static void a_steady_call_takes_no_memory(void **state)
{
    (void)state;
    static const char text[] = "[\"plain\",\"esc\\naped\",{\"bytes\":\"AAECAwQFBgc=\"},21.5]";
    struct via_parcel *parcel = create(VIA_LAYOUT_RAW);
    struct json_parcel_fault fault;
    assert_int_equal(read_text(text, sizeof text - 1, parcel, &fault), VIA_OK);
    write_json(parcel);
    const uint8_t *scratch_data = scratch.data;
    const uint8_t *out_data = out.data;
    for (int i = 0; i < 100; i++) {
        via_parcel_clear(parcel);
        assert_int_equal(read_text(text, sizeof text - 1, parcel, &fault), VIA_OK);
        write_json(parcel);
        assert_ptr_equal(scratch.data, scratch_data);
        assert_ptr_equal(out.data, out_data);
    }
    (void)via_parcel_unref(parcel);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(any_raw_parcel_comes_back_octet_by_octet),
        TEST(any_openharmony_parcel_comes_back_octet_by_octet),
        TEST(any_sbuf_comes_back_octet_by_octet),
        TEST(octets_of_an_unknown_layout_come_back),
        TEST(a_tape_that_lies_is_left_out),
        TEST(what_the_numbers_refuse_is_passed_on),
        TEST(a_full_buffer_is_told),
        TEST(any_json_of_the_grammar_comes_back),
        TEST(other_ways_to_say_it_are_understood),
        TEST(tags_are_what_was_said),
        TEST(what_is_no_value_is_refused_by_name),
        TEST(what_the_layout_cannot_hold_is_refused_by_name),
        TEST(objects_that_are_not_there_are_named),
        TEST(a_long_value_is_shown_in_part),
        TEST(any_cut_is_refused),
        TEST(a_steady_call_takes_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
