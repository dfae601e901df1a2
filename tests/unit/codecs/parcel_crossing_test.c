/*
 * Parcels that cross a link: into a frame, through octets, and out of it on the other side.
 */
#include <cmocka.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "codecs/layout.h"
#include "tests/unit/codecs/objects.h"
#include "tests/unit/codecs/values.h"

#define N_OBJECTS 6u
#define FRAME_LIMIT (1u << 20)

struct fixture {
    struct counted objects[N_OBJECTS];
    struct counted_link link;
    struct parcel_crossing crossing;
    struct via_parcel *parcel;
    uint8_t refs[VIA_PARCEL_REFS_MAX * FRAME_REF_SIZE];
    uint8_t fds[VIA_PARCEL_FDS_MAX * FRAME_FD_SIZE];
    uint8_t octets[1u << 16];
};

static struct fixture fixture;

static int set_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OBJECTS; i++)
        fixture.objects[i] = (struct counted){{&counted_ops}, 1};
    fixture.link = (struct counted_link){fixture.objects, N_OBJECTS, 0, -1, -1};
    fixture.crossing = counted_crossing(&fixture.link);
    return via_parcel_create(&fixture.parcel) != VIA_OK;
}

static int tear_down(void **state)
{
    (void)state;
    via_parcel_unref(fixture.parcel);
    parcel_pool_drain();
    for (size_t i = 0; i < N_OBJECTS; i++)
        assert_int_equal(fixture.objects[i].count, 1);
    return 0;
}

/* The fixture's parcel as a frame, through octets. */
static struct frame through_octets(void)
{
    struct frame frame = {.kind = FRAME_CALL}, again;
    size_t used = 0;
    assert_int_equal(
        parcel_to_frame(fixture.parcel, &frame, fixture.refs, fixture.fds, &fixture.crossing),
        VIA_OK);
    size_t size = frame_size(&frame);
    assert_true(size <= sizeof fixture.octets);
    frame_encode(&frame, fixture.octets);
    assert_int_equal(frame_decode(fixture.octets, size, FRAME_LIMIT, &again, &used), VIA_OK);
    assert_int_equal(used, size);
    return again;
}

static void expect_same(struct via_parcel *one, struct via_parcel *other)
{
    struct payload a, b;
    parcel_payload(one, &a);
    parcel_payload(other, &b);
    assert_int_equal(a.layout, b.layout);
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.octets, b.octets, a.size);
    assert_int_equal(a.tape_size, b.tape_size);
    assert_memory_equal(a.tape, b.tape, a.tape_size);
    assert_int_equal(a.n_refs, b.n_refs);
    assert_memory_equal(a.refs, b.refs, a.n_refs * FRAME_REF_SIZE);
    assert_int_equal(a.n_fds, b.n_fds);
}

static void any_parcel_crosses(void **state)
{
    (void)state;
    struct seed seed = seed_start("parcel crossing");
    static const enum via_layout layouts[] = {VIA_LAYOUT_RAW, VIA_LAYOUT_OPENHARMONY,
                                              VIA_LAYOUT_SBUF};
    for (unsigned round = 0; round < 2000; round++) {
        const struct layout *layout = layout_find(layouts[round % 3]);
        via_parcel_clear(fixture.parcel);
        via_parcel_set_layout(fixture.parcel, layout->number);
        for (uint32_t n = seed_below(&seed, 60); n > 0; n--) {
            uint8_t store[VALUES_TEXT_MAX];
            enum via_tag tag = (enum via_tag)(1 + seed_below(&seed, VIA_TAG_REF));
            struct value value = values_random(&seed, tag, store);
            enum via_status status =
                tag == VIA_TAG_REF
                    ? layout->put_ref(fixture.parcel,
                                      counted_proxy(&fixture.objects[seed_below(&seed, N_OBJECTS)]))
                    : layout->put(fixture.parcel, &value);
            assert_true(status == VIA_OK || status == VIA_BAD_TYPE);
        }
        struct frame frame = through_octets();
        struct via_parcel *again = NULL;
        assert_int_equal(parcel_from_frame(&again, &frame, NULL, &fixture.crossing), VIA_OK);
        assert_true(via_parcel_has_tape(again));
        expect_same(again, fixture.parcel);
        for (size_t i = 0; i < via_parcel_n_refs(again); i++) {
            size_t offset = via_parcel_ref_offset(again, i);
            assert_ptr_equal(via_parcel_ref_at(again, offset, NULL),
                             via_parcel_ref_at(fixture.parcel, offset, NULL));
        }
        via_parcel_unref(again);
    }
}

static void a_frame_says_where_and_what_its_references_are(void **state)
{
    (void)state;
    assert_int_equal(via_parcel_append(fixture.parcel, NULL, 100, VIA_TAG_PAD, NULL), VIA_OK);
    assert_int_equal(via_parcel_add_ref(fixture.parcel, 76, counted_proxy(&fixture.objects[5]), 3),
                     VIA_OK);
    struct frame frame = through_octets();
    struct frame_ref ref;
    assert_int_equal(frame.n_refs, 1);
    frame_ref_get(frame.refs, 0, &ref);
    assert_int_equal(ref.offset, 76);
    assert_int_equal(ref.handle, 5);
    assert_int_equal(ref.flags, FRAME_REF_REMOTE);
    assert_int_equal(ref.kind, 3);
    assert_int_equal(frame.tape_size, 0);
}

static void a_tape_that_disagrees_is_dropped_and_the_octets_stay(void **state)
{
    (void)state;
    static const uint8_t body[] = {1, 2, 3, 4};
    static const struct {
        uint8_t octets[8];
        bool agrees;
    } tapes[] = {
        {{VIA_TAG_I32}, true},
        {{0x80 | VIA_TAG_U8, 4}, true},
        {{0x80 | VIA_TAG_U8, 3}, false},
        {{VIA_TAG_I64}, false},
        {{VIA_TAG_I32, VIA_TAG_I32}, false},
        {{99}, false},
        {{0}, false},
        {{0x80 | VIA_TAG_U8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, false},
    };
    for (size_t i = 0; i < sizeof tapes / sizeof *tapes; i++) {
        struct frame frame = {
            .kind = FRAME_CALL,
            .body = body,
            .body_size = sizeof body,
            .tape = tapes[i].octets,
            .tape_size = sizeof tapes[i].octets,
        };
        struct via_parcel *parcel = NULL;
        assert_int_equal(parcel_from_frame(&parcel, &frame, NULL, &fixture.crossing), VIA_OK);
        assert_int_equal(via_parcel_has_tape(parcel), tapes[i].agrees);
        assert_int_equal(via_parcel_size(parcel), sizeof body);
        assert_memory_equal(via_parcel_data(parcel), body, sizeof body);
        via_parcel_unref(parcel);
    }
}

static void writing_goes_on_behind_what_came_in(void **state)
{
    (void)state;
    assert_int_equal(via_parcel_write_i32(fixture.parcel, 1), VIA_OK);
    assert_int_equal(via_parcel_write_i32(fixture.parcel, 2), VIA_OK);
    struct frame frame = through_octets();
    struct via_parcel *again = NULL;
    assert_int_equal(parcel_from_frame(&again, &frame, NULL, &fixture.crossing), VIA_OK);
    assert_int_equal(via_parcel_write_i32(again, 3), VIA_OK);
    assert_int_equal(via_parcel_write_i32(fixture.parcel, 3), VIA_OK);
    expect_same(again, fixture.parcel);
    via_parcel_unref(again);
}

static void an_object_that_is_gone_leaves_an_empty_slot(void **state)
{
    (void)state;
    assert_int_equal(via_parcel_write_ref(fixture.parcel, counted_proxy(&fixture.objects[0])),
                     VIA_OK);
    assert_int_equal(via_parcel_write_ref(fixture.parcel, counted_proxy(&fixture.objects[5])),
                     VIA_OK);
    struct frame frame = through_octets();
    fixture.link.n_table = 5; /* the sixth has gone */
    struct via_parcel *again = NULL;
    assert_int_equal(parcel_from_frame(&again, &frame, NULL, &fixture.crossing), VIA_OK);
    assert_int_equal(via_parcel_n_refs(again), 1);
    struct via_proxy *proxy = NULL;
    assert_int_equal(via_parcel_read_ref(again, &proxy), VIA_OK);
    assert_ptr_equal(proxy, counted_proxy(&fixture.objects[0]));
    counted_unref(&fixture.objects[0].object);
    assert_int_equal(via_parcel_read_ref(again, &proxy), VIA_OK);
    assert_null(proxy);

    /* And it goes on as it is, with its tape. */
    via_parcel_unref(fixture.parcel);
    fixture.parcel = again;
    frame = through_octets();
    assert_int_equal(frame.n_refs, 1);
    assert_int_equal(parcel_from_frame(&again, &frame, NULL, &fixture.crossing), VIA_OK);
    assert_true(via_parcel_has_tape(again));
    via_parcel_unref(again);
}

static void descriptors_are_taken_on_success_only(void **state)
{
    (void)state;
    int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    assert_true(null_fd >= 0);
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(via_parcel_write_fd(fixture.parcel, null_fd), VIA_OK);
    assert_int_equal(via_parcel_write_ref(fixture.parcel, counted_proxy(&fixture.objects[0])),
                     VIA_OK);
    struct frame frame = through_octets();
    assert_int_equal(frame.n_fds, 6);
    int fds[6] = {-1, dup(null_fd), -1, dup(null_fd), -1, dup(null_fd)};

    struct via_parcel *again = NULL;
    fixture.link.gets_left = 0;
    assert_int_equal(parcel_from_frame(&again, &frame, fds, &fixture.crossing), VIA_NO_MEMORY);
    for (unsigned i = 1; i < 6; i += 2)
        assert_int_equal(fcntl(fds[i], F_GETFD), 0); /* still open, still ours */

    fixture.link.gets_left = -1;
    assert_int_equal(parcel_from_frame(&again, &frame, fds, &fixture.crossing), VIA_OK);
    assert_true(via_parcel_has_tape(again));
    assert_int_equal(via_parcel_n_fds(again), 3);
    for (size_t i = 0; i < 6; i++) {
        int fd = 99;
        assert_int_equal(via_parcel_fd_at(again, i * 4), fds[i]);
        assert_int_equal(via_parcel_read_fd(again, &fd), VIA_OK);
        assert_int_equal(fd >= 0, fds[i] >= 0);
        if (fd >= 0)
            assert_int_equal(close(fd), 0);
    }
    via_parcel_unref(again);
    for (unsigned i = 1; i < 6; i += 2)
        assert_int_equal(fcntl(fds[i], F_GETFD), -1);
    assert_int_equal(close(null_fd), 0);
}

static void a_crossing_that_fails_keeps_no_count(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OBJECTS; i++)
        assert_int_equal(via_parcel_write_ref(fixture.parcel, counted_proxy(&fixture.objects[i])),
                         VIA_OK);
    struct frame frame = {.kind = FRAME_CALL};
    for (int n = 0; n < (int)N_OBJECTS; n++) {
        fixture.link.puts_left = n;
        assert_int_equal(
            parcel_to_frame(fixture.parcel, &frame, fixture.refs, fixture.fds, &fixture.crossing),
            VIA_BUSY);
        assert_int_equal(fixture.link.out, 0);
    }
    fixture.link.puts_left = -1;
    frame = through_octets();
    for (int n = 0; n < (int)N_OBJECTS; n++) {
        struct via_parcel *again = NULL;
        fixture.link.gets_left = n;
        assert_int_equal(parcel_from_frame(&again, &frame, NULL, &fixture.crossing), VIA_NO_MEMORY);
        assert_null(again);
        for (size_t i = 0; i < N_OBJECTS; i++)
            assert_int_equal(fixture.objects[i].count, 2); /* the table's and the parcel's */
    }
}

static void a_payload_over_the_limit_is_refused(void **state)
{
    (void)state;
    static const uint8_t octet;
    struct frame frame = {.kind = FRAME_CALL, .body = &octet, .body_size = VIA_PARCEL_SIZE_MAX + 1};
    struct via_parcel *parcel = NULL;
    assert_int_equal(parcel_from_frame(&parcel, &frame, NULL, &fixture.crossing), VIA_TOO_LARGE);
    frame.body_size = 0xffffffff;
    assert_int_equal(parcel_from_frame(&parcel, &frame, NULL, &fixture.crossing), VIA_TOO_LARGE);
}

/* Lends it the octets of "lent", and a zero. */
static void lend(struct via_parcel *parcel, const char *lent)
{
    via_parcel_set_layout(parcel, VIA_LAYOUT_PHOENIX);
    assert_int_equal(via_parcel_append(parcel, "own ", 4, VIA_TAG_PAD, NULL), VIA_OK);
    parcel_lend(parcel, lent, strlen(lent), strlen(lent) + 1);
}

static void octets_that_are_lent_cross_and_are_not_kept(void **state)
{
    (void)state;
    char lent[] = "lent";
    lend(fixture.parcel, lent);
    struct frame frame = through_octets();
    assert_int_equal(frame.body_size, 9);
    assert_memory_equal(frame.body, "own lent", 9);
    memset(lent, 'x', 4);
    assert_memory_equal(through_octets().body, "own xxxx", 9);
    assert_int_equal(via_parcel_size(fixture.parcel), 4);
    via_parcel_clear(fixture.parcel);
    assert_int_equal(through_octets().body_size, 0);
    lend(fixture.parcel, "");
    assert_memory_equal(through_octets().body, "own ", 5);
}

static void octets_that_are_lent_are_copied(void **state)
{
    (void)state;
    struct via_parcel *copy = NULL;
    lend(fixture.parcel, "lent");
    assert_int_equal(via_parcel_create(&copy), VIA_OK);
    via_parcel_set_layout(copy, VIA_LAYOUT_PHOENIX);
    assert_int_equal(via_parcel_append_parcel(copy, fixture.parcel), VIA_OK);
    via_parcel_clear(fixture.parcel);
    assert_int_equal(via_parcel_size(copy), 9);
    assert_memory_equal(via_parcel_data(copy), "own lent", 9);
    via_parcel_unref(copy);
}

#define crossing_test(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        crossing_test(any_parcel_crosses),
        crossing_test(a_frame_says_where_and_what_its_references_are),
        crossing_test(a_tape_that_disagrees_is_dropped_and_the_octets_stay),
        crossing_test(writing_goes_on_behind_what_came_in),
        crossing_test(an_object_that_is_gone_leaves_an_empty_slot),
        crossing_test(descriptors_are_taken_on_success_only),
        crossing_test(a_crossing_that_fails_keeps_no_count),
        crossing_test(octets_that_are_lent_cross_and_are_not_kept),
        crossing_test(octets_that_are_lent_are_copied),
        crossing_test(a_payload_over_the_limit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
