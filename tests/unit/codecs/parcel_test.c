/*
 * The container: octets, references and descriptors by their place, cutting and joining.
 */
#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "codecs/layout.h"
#include "codecs/parcel.h"
#include "tests/unit/codecs/objects.h"
#include "tests/unit/codecs/seed.h"

static size_t count_open_fds(void)
{
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    size_t n = 0;
    while (readdir(folder) != NULL)
        n++;
    assert_int_equal(closedir(folder), 0);
    return n;
}

struct fixture {
    struct via_parcel *parcel;
    struct counted objects[8];
    int null_fd;
    size_t n_open;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture.n_open = count_open_fds();
    for (size_t i = 0; i < 8; i++)
        fixture.objects[i] = (struct counted){{&counted_ops}, 1};
    fixture.null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (fixture.null_fd < 0 || via_parcel_create(&fixture.parcel) != VIA_OK)
        return 1;
    *state = &fixture;
    return 0;
}

/* Every count is back and every descriptor closed. */
static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    via_parcel_unref(fixture->parcel);
    parcel_pool_drain();
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(fixture->objects[i].count, 1);
    assert_int_equal(close(fixture->null_fd), 0);
    assert_int_equal(count_open_fds(), fixture->n_open);
    return 0;
}

static struct via_parcel *parcel_of(void **state)
{
    return ((struct fixture *)*state)->parcel;
}

static void expect_agreement(struct via_parcel *parcel)
{
    struct payload payload;
    parcel_payload(parcel, &payload);
    assert_true(via_parcel_has_tape(parcel));
    assert_int_equal(payload_check(&payload), VIA_OK);
}

static void a_new_parcel_is_empty_and_raw(void **state)
{
    struct via_parcel *parcel = parcel_of(state);
    assert_int_equal(via_parcel_layout(parcel), VIA_LAYOUT_RAW);
    assert_int_equal(via_parcel_size(parcel), 0);
    assert_int_equal(via_parcel_tell(parcel), 0);
    assert_int_equal(via_parcel_n_refs(parcel), 0);
    assert_int_equal(via_parcel_n_fds(parcel), 0);
    assert_true(via_parcel_has_tape(parcel));
    expect_agreement(parcel);
}

static void no_parcel_is_nothing_to_unref(void **state)
{
    (void)state;
    assert_null(via_parcel_unref(NULL));
}

static void a_parcel_lives_until_its_last_owner_lets_go(void **state)
{
    struct fixture *fixture = *state;
    struct via_parcel *parcel = NULL;
    assert_int_equal(via_parcel_create(&parcel), VIA_OK);
    assert_int_equal(via_parcel_write_ref(parcel, counted_proxy(&fixture->objects[0])), VIA_OK);
    assert_ptr_equal(via_parcel_ref(parcel), parcel);
    assert_null(via_parcel_unref(parcel));
    assert_int_equal(fixture->objects[0].count, 2);
    assert_null(via_parcel_unref(parcel));
    assert_int_equal(fixture->objects[0].count, 1);
}

static void *let_go_many_times(void *argument)
{
    struct via_parcel *parcel = argument;
    for (unsigned i = 0; i < 10000; i++)
        via_parcel_unref(via_parcel_ref(parcel));
    via_parcel_unref(parcel);
    return NULL;
}

static void owners_in_several_threads_let_go_once(void **state)
{
    struct fixture *fixture = *state;
    struct via_parcel *parcel = NULL;
    assert_int_equal(via_parcel_create(&parcel), VIA_OK);
    assert_int_equal(via_parcel_write_ref(parcel, counted_proxy(&fixture->objects[0])), VIA_OK);
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(
            pthread_create(&threads[i], NULL, let_go_many_times, via_parcel_ref(parcel)), 0);
    via_parcel_unref(parcel);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(fixture->objects[0].count, 1);
}

static void what_is_appended_stays_where_it_is(void **state)
{
    struct via_parcel *parcel = parcel_of(state);
    uint8_t *place = NULL;
    uint8_t expected[4000];
    for (size_t i = 0; i < sizeof expected; i++) {
        expected[i] = (uint8_t)(i * 7);
        assert_int_equal(via_parcel_append(parcel, &expected[i], 1, VIA_TAG_U8, &place), VIA_OK);
        assert_ptr_equal(place, via_parcel_data(parcel) + i);
    }
    assert_int_equal(via_parcel_size(parcel), sizeof expected);
    assert_memory_equal(via_parcel_data(parcel), expected, sizeof expected);
    expect_agreement(parcel);
}

static void nothing_appended_is_zeros(void **state)
{
    struct via_parcel *parcel = parcel_of(state);
    assert_int_equal(via_parcel_append(parcel, "\xff\xff\xff\xff", 4, VIA_TAG_I32, NULL), VIA_OK);
    via_parcel_clear(parcel);
    assert_int_equal(via_parcel_append(parcel, NULL, 4, VIA_TAG_I32, NULL), VIA_OK);
    assert_memory_equal(via_parcel_data(parcel), "\0\0\0\0", 4);
}

static void a_sized_append_is_padded_with_zeros(void **state)
{
    struct via_parcel *parcel = parcel_of(state);
    via_parcel_set_layout(parcel, VIA_LAYOUT_OPENHARMONY);
    assert_int_equal(via_parcel_append_sized(parcel, "abcde", 5, 8, VIA_TAG_BYTES), VIA_OK);
    assert_int_equal(via_parcel_size(parcel), 8);
    assert_memory_equal(via_parcel_data(parcel), "abcde\0\0\0", 8);
    expect_agreement(parcel);
    assert_int_equal(via_parcel_append_sized(parcel, "abcde", 5, 4, VIA_TAG_BYTES), VIA_INVALID);
    assert_int_equal(via_parcel_size(parcel), 8);
}

static void unknown_tags_are_refused(void **state)
{
    struct via_parcel *parcel = parcel_of(state);
    assert_int_equal(via_parcel_append(parcel, "a", 1, (enum via_tag)18, NULL), VIA_INVALID);
    assert_int_equal(via_parcel_append_sized(parcel, "a", 1, 1, (enum via_tag) - 1), VIA_INVALID);
    assert_int_equal(via_parcel_size(parcel), 0);
}

static void a_parcel_holds_16_mib_and_no_octet_more(void **state)
{
    struct via_parcel *parcel = parcel_of(state);
    assert_int_equal(via_parcel_append(parcel, NULL, VIA_PARCEL_SIZE_MAX, VIA_TAG_PAD, NULL),
                     VIA_OK);
    static const size_t sizes[] = {1, VIA_PARCEL_SIZE_MAX, 0xffffffff, SIZE_MAX};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_int_equal(via_parcel_append(parcel, NULL, sizes[i], VIA_TAG_PAD, NULL),
                         VIA_TOO_LARGE);
        assert_int_equal(via_parcel_size(parcel), VIA_PARCEL_SIZE_MAX);
    }
    assert_int_equal(via_parcel_reserve(parcel, SIZE_MAX), VIA_TOO_LARGE);
    assert_int_equal(via_parcel_append_parcel(parcel, parcel), VIA_TOO_LARGE);
    assert_int_equal(via_parcel_size(parcel), VIA_PARCEL_SIZE_MAX);
}

static void a_write_without_tag_drops_the_tape(void **state)
{
    struct via_parcel *parcel = parcel_of(state);
    assert_int_equal(via_parcel_write_i32(parcel, 1), VIA_OK);
    assert_int_equal(via_parcel_append(parcel, "x", 0, VIA_TAG_PAD, NULL), VIA_OK);
    assert_true(via_parcel_has_tape(parcel)); /* nothing was written */
    assert_int_equal(via_parcel_append(parcel, "x", 1, VIA_TAG_PAD, NULL), VIA_OK);
    assert_false(via_parcel_has_tape(parcel));
    assert_int_equal(via_parcel_write_i32(parcel, 1), VIA_OK);
    assert_false(via_parcel_has_tape(parcel)); /* it would not describe all of it */
    via_parcel_clear(parcel);
    assert_true(via_parcel_has_tape(parcel));
}

static void octets_in_reserved_room_become_its_own_as_they_stand(void **state)
{
    struct via_parcel *parcel = parcel_of(state);
    uint8_t *at = NULL;
    assert_int_equal(via_parcel_reserve(parcel, 1000), VIA_OK);
    memset(via_parcel_data(parcel), 0x5a, 1000);
    assert_int_equal(via_parcel_extend(parcel, 0, VIA_TAG_PAD, 0, &at), VIA_OK);
    assert_true(via_parcel_has_tape(parcel)); /* nothing was added */
    assert_int_equal(via_parcel_extend(parcel, 4, VIA_TAG_I32, 0, &at), VIA_OK);
    assert_ptr_equal(at, via_parcel_data(parcel));
    assert_true(via_parcel_has_tape(parcel));
    assert_int_equal(via_parcel_extend(parcel, 996, VIA_TAG_PAD, 0, &at), VIA_OK);
    assert_ptr_equal(at, via_parcel_data(parcel) + 4);
    assert_false(via_parcel_has_tape(parcel));
    assert_int_equal(via_parcel_size(parcel), 1000);
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(via_parcel_data(parcel)[i], 0x5a);

    assert_int_equal(via_parcel_extend(parcel, 4, (enum via_tag)18, 0, &at), VIA_INVALID);
    assert_int_equal(via_parcel_extend(parcel, 4, VIA_TAG_BYTES, 5, &at), VIA_INVALID);
    assert_int_equal(via_parcel_extend(parcel, VIA_PARCEL_SIZE_MAX - 999, VIA_TAG_PAD, 0, &at),
                     VIA_TOO_LARGE);
    assert_int_equal(via_parcel_size(parcel), 1000);
}

static void another_layout_drops_the_tape_of_what_is_there(void **state)
{
    struct via_parcel *parcel = parcel_of(state);
    assert_int_equal(via_parcel_write_i32(parcel, 1), VIA_OK);
    via_parcel_set_layout(parcel, VIA_LAYOUT_RAW);
    assert_true(via_parcel_has_tape(parcel));
    via_parcel_set_layout(parcel, VIA_LAYOUT_SBUF);
    assert_false(via_parcel_has_tape(parcel));
}

static void the_cursor_goes_anywhere_inside(void **state)
{
    struct via_parcel *parcel = parcel_of(state);
    assert_int_equal(via_parcel_append(parcel, NULL, 8, VIA_TAG_I64, NULL), VIA_OK);
    assert_int_equal(via_parcel_seek(parcel, 8), VIA_OK);
    assert_int_equal(via_parcel_tell(parcel), 8);
    assert_int_equal(via_parcel_seek(parcel, 9), VIA_END);
    assert_int_equal(via_parcel_seek(parcel, SIZE_MAX), VIA_END);
    assert_int_equal(via_parcel_tell(parcel), 8);
}

static void clear_keeps_the_layout_alone(void **state)
{
    struct fixture *fixture = *state;
    struct via_parcel *parcel = fixture->parcel;
    via_parcel_set_layout(parcel, VIA_LAYOUT_CONTROL);
    assert_int_equal(via_parcel_write_ref(parcel, counted_proxy(&fixture->objects[0])), VIA_OK);
    assert_int_equal(via_parcel_write_fd(parcel, fixture->null_fd), VIA_OK);
    assert_int_equal(via_parcel_seek(parcel, 4), VIA_OK);
    via_parcel_clear(parcel);
    assert_int_equal(via_parcel_layout(parcel), VIA_LAYOUT_CONTROL);
    assert_int_equal(via_parcel_size(parcel), 0);
    assert_int_equal(via_parcel_tell(parcel), 0);
    assert_int_equal(via_parcel_n_refs(parcel), 0);
    assert_int_equal(via_parcel_n_fds(parcel), 0);
    assert_int_equal(fixture->objects[0].count, 1);
}

/* ---- references and descriptors ---- */

static void references_are_found_by_their_place(void **state)
{
    struct fixture *fixture = *state;
    struct via_parcel *parcel = fixture->parcel;
    const size_t slot = 24, size = 8 * slot;
    assert_int_equal(via_parcel_append(parcel, NULL, size, VIA_TAG_PAD, NULL), VIA_OK);
    for (uint16_t i = 0; i < 8; i++)
        assert_int_equal(
            via_parcel_add_ref(parcel, i * slot, counted_proxy(&fixture->objects[i]), i), VIA_OK);
    assert_int_equal(via_parcel_n_refs(parcel), 8);
    for (size_t place = 0; place < size + 10; place++) {
        uint16_t kind = 99;
        struct via_proxy *proxy = via_parcel_ref_at(parcel, place, &kind);
        if (place % slot == 0 && place < size) {
            assert_ptr_equal(proxy, counted_proxy(&fixture->objects[place / slot]));
            assert_int_equal(kind, place / slot);
            assert_int_equal(via_parcel_ref_offset(parcel, place / slot), place);
        } else {
            assert_null(proxy);
            assert_int_equal(kind, 99);
        }
    }
    assert_int_equal(fixture->objects[3].count, 2);
}

static void references_are_added_inside_and_in_order(void **state)
{
    struct fixture *fixture = *state;
    struct via_parcel *parcel = fixture->parcel;
    struct via_proxy *proxy = counted_proxy(&fixture->objects[0]);
    assert_int_equal(via_parcel_add_ref(parcel, 0, proxy, 0), VIA_INVALID);
    assert_int_equal(via_parcel_append(parcel, NULL, 48, VIA_TAG_PAD, NULL), VIA_OK);
    assert_int_equal(via_parcel_add_ref(parcel, 24, proxy, 0), VIA_OK);
    assert_int_equal(via_parcel_add_ref(parcel, 24, proxy, 0), VIA_INVALID);
    assert_int_equal(via_parcel_add_ref(parcel, 0, proxy, 0), VIA_INVALID);
    assert_int_equal(via_parcel_add_ref(parcel, 48, proxy, 0), VIA_INVALID);
    assert_int_equal(via_parcel_add_ref(parcel, SIZE_MAX, proxy, 0), VIA_INVALID);
    assert_int_equal(via_parcel_add_ref(parcel, 30, NULL, 0), VIA_INVALID);
    assert_int_equal(fixture->objects[0].count, 2);
}

static void a_parcel_holds_1024_references(void **state)
{
    struct fixture *fixture = *state;
    struct via_proxy *proxy = counted_proxy(&fixture->objects[0]);
    for (size_t i = 0; i < VIA_PARCEL_REFS_MAX; i++)
        assert_int_equal(via_parcel_write_ref(fixture->parcel, proxy), VIA_OK);
    assert_int_equal(via_parcel_write_ref(fixture->parcel, proxy), VIA_TOO_LARGE);
    assert_int_equal(via_parcel_size(fixture->parcel), VIA_PARCEL_REFS_MAX * 4);
    assert_int_equal(fixture->objects[0].count, VIA_PARCEL_REFS_MAX + 1);
    expect_agreement(fixture->parcel);
}

static void a_parcel_holds_250_descriptors(void **state)
{
    struct fixture *fixture = *state;
    for (size_t i = 0; i < VIA_PARCEL_FDS_MAX; i++)
        assert_int_equal(via_parcel_write_fd(fixture->parcel, fixture->null_fd), VIA_OK);
    assert_int_equal(via_parcel_write_fd(fixture->parcel, fixture->null_fd), VIA_TOO_LARGE);
    assert_int_equal(via_parcel_n_fds(fixture->parcel), VIA_PARCEL_FDS_MAX);
    assert_int_equal(count_open_fds(), fixture->n_open + 1 + VIA_PARCEL_FDS_MAX);
    expect_agreement(fixture->parcel);
}

static void a_descriptor_is_taken_on_success_only(void **state)
{
    struct fixture *fixture = *state;
    struct via_parcel *parcel = fixture->parcel;
    int fd = dup(fixture->null_fd);
    assert_int_equal(via_parcel_add_fd(parcel, 0, fd), VIA_INVALID);
    assert_int_equal(via_parcel_append(parcel, NULL, 24, VIA_TAG_PAD, NULL), VIA_OK);
    assert_int_equal(via_parcel_add_fd(parcel, 0, -1), VIA_INVALID);
    assert_int_equal(via_parcel_add_fd(parcel, 0, fd), VIA_OK);
    assert_int_equal(via_parcel_fd_at(parcel, 0), fd);
    assert_int_equal(via_parcel_fd_at(parcel, 1), -1);
    assert_int_equal(via_parcel_fd_offset(parcel, 0), 0);
}

/* ---- cutting ---- */

static void truncation_drops_what_is_not_wholly_below(void **state)
{
    struct fixture *fixture = *state;
    struct via_parcel *parcel = fixture->parcel;
    const struct layout *layout = layout_find(VIA_LAYOUT_OPENHARMONY);
    via_parcel_set_layout(parcel, VIA_LAYOUT_OPENHARMONY);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(layout->put_ref(parcel, counted_proxy(&fixture->objects[i])), VIA_OK);
    assert_int_equal(layout->put_fd(parcel, fixture->null_fd), VIA_OK);
    assert_int_equal(via_parcel_seek(parcel, 90), VIA_OK);

    assert_int_equal(via_parcel_truncate(parcel, 97, 24), VIA_INVALID);
    assert_int_equal(via_parcel_truncate(parcel, 96, 24), VIA_OK);
    assert_int_equal(via_parcel_n_fds(parcel), 1);
    assert_int_equal(via_parcel_truncate(parcel, 72, 24), VIA_OK);
    assert_int_equal(via_parcel_n_fds(parcel), 0);
    assert_int_equal(via_parcel_n_refs(parcel), 3);
    expect_agreement(parcel);
    assert_int_equal(via_parcel_truncate(parcel, 71, 24), VIA_OK);
    assert_int_equal(via_parcel_n_refs(parcel), 2);
    assert_int_equal(fixture->objects[2].count, 1);
    assert_int_equal(fixture->objects[1].count, 2);
    assert_false(via_parcel_has_tape(parcel)); /* inside the third slot */
    assert_int_equal(via_parcel_tell(parcel), 90);
    int32_t value = 0;
    assert_int_equal(via_parcel_read_i32(parcel, &value), VIA_INVALID);

    assert_int_equal(via_parcel_truncate(parcel, 10, 24), VIA_OK);
    assert_int_equal(via_parcel_n_refs(parcel), 0);
    assert_int_equal(via_parcel_truncate(parcel, 0, 24), VIA_OK);
    assert_true(via_parcel_has_tape(parcel));
}

static void a_cut_between_values_keeps_their_tape(void **state)
{
    (void)state;
    static const size_t starts[] = {0, 4, 8, 12, 13, 25, 32, 40, 41};
    for (size_t cut = 0; cut <= 41; cut++) {
        struct via_parcel *parcel = NULL;
        assert_int_equal(via_parcel_create(&parcel), VIA_OK);
        for (int32_t i = 0; i < 3; i++)
            assert_int_equal(via_parcel_write_i32(parcel, i), VIA_OK);      /* 0 4 8 */
        assert_int_equal(via_parcel_write_bool(parcel, true), VIA_OK);      /* 12 */
        assert_int_equal(via_parcel_write_str(parcel, "seven77"), VIA_OK);  /* 13 */
        assert_int_equal(via_parcel_write_bytes(parcel, "abc", 3), VIA_OK); /* 25 */
        assert_int_equal(via_parcel_write_u64(parcel, 1), VIA_OK);          /* 32 */
        assert_int_equal(via_parcel_write_u8(parcel, 1), VIA_OK);           /* 40 */
        assert_int_equal(via_parcel_truncate(parcel, cut, 4), VIA_OK);
        bool is_start = false;
        for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
            is_start |= starts[i] == cut;
        assert_int_equal(via_parcel_has_tape(parcel), is_start);
        if (is_start) {
            /* And what is written then goes on as if nothing had been. */
            for (int32_t i = 0; i < 3; i++)
                assert_int_equal(via_parcel_write_i32(parcel, i), VIA_OK);
            expect_agreement(parcel);
        }
        via_parcel_unref(parcel);
    }
}

/* ---- joining ---- */

static void fill(struct fixture *fixture, struct via_parcel *parcel)
{
    assert_int_equal(via_parcel_write_i32(parcel, 7), VIA_OK);
    assert_int_equal(via_parcel_write_ref(parcel, counted_proxy(&fixture->objects[1])), VIA_OK);
    assert_int_equal(via_parcel_write_fd(parcel, fixture->null_fd), VIA_OK);
    assert_int_equal(via_parcel_write_str(parcel, "tail"), VIA_OK);
}

static void a_parcel_takes_all_of_another(void **state)
{
    struct fixture *fixture = *state;
    struct via_parcel *parcel = fixture->parcel, *from = NULL;
    assert_int_equal(via_parcel_create(&from), VIA_OK);
    assert_int_equal(via_parcel_append_parcel(parcel, from), VIA_OK);
    assert_int_equal(via_parcel_size(parcel), 0);
    fill(fixture, from);
    assert_int_equal(via_parcel_seek(from, 4), VIA_OK);
    assert_int_equal(via_parcel_write_i32(parcel, 6), VIA_OK);
    assert_int_equal(via_parcel_append_parcel(parcel, from), VIA_OK);
    via_parcel_unref(from);
    expect_agreement(parcel);
    assert_int_equal(fixture->objects[1].count, 2);
    int32_t value = 0;
    assert_int_equal(via_parcel_read_i32(parcel, &value), VIA_OK);
    assert_int_equal(value, 6);
    assert_int_equal(via_parcel_read_i32(parcel, &value), VIA_OK);
    assert_int_equal(value, 7);
    struct via_proxy *proxy = NULL;
    assert_int_equal(via_parcel_read_ref(parcel, &proxy), VIA_OK);
    assert_ptr_equal(proxy, counted_proxy(&fixture->objects[1]));
    counted_unref(&fixture->objects[1].object);
    int fd = -1;
    assert_int_equal(via_parcel_read_fd(parcel, &fd), VIA_OK);
    assert_int_equal(close(fd), 0);
    const char *text = NULL;
    assert_int_equal(via_parcel_read_str(parcel, &text), VIA_OK);
    assert_string_equal(text, "tail");
    assert_int_equal(via_parcel_read_i32(parcel, &value), VIA_END);
}

static void a_parcel_takes_all_of_itself(void **state)
{
    struct fixture *fixture = *state;
    struct via_parcel *parcel = fixture->parcel;
    fill(fixture, parcel);
    for (unsigned n = 1; n < 64; n *= 2) {
        size_t size = via_parcel_size(parcel);
        assert_int_equal(via_parcel_append_parcel(parcel, parcel), VIA_OK);
        assert_int_equal(via_parcel_size(parcel), 2 * size);
        assert_memory_equal(via_parcel_data(parcel), via_parcel_data(parcel) + size, size);
        assert_int_equal(via_parcel_n_refs(parcel), 2 * n);
        assert_int_equal(via_parcel_n_fds(parcel), 2 * n);
        assert_int_equal(fixture->objects[1].count, 1 + (int)(2 * n));
        expect_agreement(parcel);
    }
    assert_int_equal(via_parcel_ref_offset(parcel, 1), 4 + 21);
}

static void parcels_of_other_layouts_do_not_join(void **state)
{
    struct fixture *fixture = *state;
    struct via_parcel *from = NULL;
    assert_int_equal(via_parcel_create(&from), VIA_OK);
    assert_int_equal(via_parcel_write_i32(from, 7), VIA_OK);
    via_parcel_set_layout(fixture->parcel, VIA_LAYOUT_OPENHARMONY);
    assert_int_equal(via_parcel_append_parcel(fixture->parcel, from), VIA_INVALID);
    assert_int_equal(via_parcel_size(fixture->parcel), 0);
    via_parcel_unref(from);
}

static void without_a_tape_on_either_side_there_is_none(void **state)
{
    struct via_parcel *parcel = parcel_of(state), *from = NULL;
    assert_int_equal(via_parcel_create(&from), VIA_OK);
    assert_int_equal(via_parcel_append(from, "x", 1, VIA_TAG_PAD, NULL), VIA_OK);
    assert_int_equal(via_parcel_write_i32(parcel, 7), VIA_OK);
    assert_int_equal(via_parcel_append_parcel(parcel, from), VIA_OK);
    assert_false(via_parcel_has_tape(parcel));
    via_parcel_clear(parcel);
    assert_int_equal(via_parcel_write_i32(parcel, 7), VIA_OK);
    assert_int_equal(via_parcel_append_parcel(from, parcel), VIA_OK);
    assert_false(via_parcel_has_tape(from));
    via_parcel_unref(from);
}

static void too_many_references_do_not_join(void **state)
{
    struct fixture *fixture = *state;
    struct via_parcel *parcel = fixture->parcel;
    for (size_t i = 0; i < VIA_PARCEL_REFS_MAX / 2 + 1; i++)
        assert_int_equal(via_parcel_write_ref(parcel, counted_proxy(&fixture->objects[0])), VIA_OK);
    size_t size = via_parcel_size(parcel);
    assert_int_equal(via_parcel_append_parcel(parcel, parcel), VIA_TOO_LARGE);
    assert_int_equal(via_parcel_size(parcel), size);
    expect_agreement(parcel);
}

#define parcel_test(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        parcel_test(a_new_parcel_is_empty_and_raw),
        parcel_test(no_parcel_is_nothing_to_unref),
        parcel_test(a_parcel_lives_until_its_last_owner_lets_go),
        parcel_test(owners_in_several_threads_let_go_once),
        parcel_test(what_is_appended_stays_where_it_is),
        parcel_test(nothing_appended_is_zeros),
        parcel_test(a_sized_append_is_padded_with_zeros),
        parcel_test(unknown_tags_are_refused),
        parcel_test(a_parcel_holds_16_mib_and_no_octet_more),
        parcel_test(a_write_without_tag_drops_the_tape),
        parcel_test(octets_in_reserved_room_become_its_own_as_they_stand),
        parcel_test(another_layout_drops_the_tape_of_what_is_there),
        parcel_test(the_cursor_goes_anywhere_inside),
        parcel_test(clear_keeps_the_layout_alone),
        parcel_test(references_are_found_by_their_place),
        parcel_test(references_are_added_inside_and_in_order),
        parcel_test(a_parcel_holds_1024_references),
        parcel_test(a_parcel_holds_250_descriptors),
        parcel_test(a_descriptor_is_taken_on_success_only),
        parcel_test(truncation_drops_what_is_not_wholly_below),
        parcel_test(a_cut_between_values_keeps_their_tape),
        parcel_test(a_parcel_takes_all_of_another),
        parcel_test(a_parcel_takes_all_of_itself),
        parcel_test(parcels_of_other_layouts_do_not_join),
        parcel_test(without_a_tape_on_either_side_there_is_none),
        parcel_test(too_many_references_do_not_join),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
