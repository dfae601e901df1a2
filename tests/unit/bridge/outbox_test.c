/*
 * The outbox: what goes in comes out in order, coalesced, with its descriptors at the front.
 */
#include <cmocka.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "bridge/outbox.h"

static void add_fds(struct outbox *outbox, size_t size, uint8_t fill, const int *fds, size_t n_fds)
{
    uint8_t *place;
    assert_int_equal(outbox_add(outbox, size, fds, n_fds, &place), VIA_OK);
    memset(place, fill, size);
}

static void add(struct outbox *outbox, size_t size, uint8_t fill)
{
    add_fds(outbox, size, fill, NULL, 0);
}

static int open_one(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static struct outbox *make(void)
{
    struct outbox *outbox;
    assert_int_equal(outbox_create(&outbox), VIA_OK);
    return outbox;
}

static size_t count_blocks(struct outbox *outbox)
{
    size_t n = 0;
    for (struct outbox_block *block = outbox_head(outbox); block != NULL; block = block->next)
        n++;
    return n;
}

static void frames_are_put_together(void **state)
{
    (void)state;
    struct outbox *outbox = make();
    assert_null(outbox_head(outbox));
    assert_int_equal(outbox_size(outbox), 0);
    for (uint8_t i = 0; i < 200; i++)
        add(outbox, 96, i); /* more than the first, small block holds */
    assert_int_equal(outbox_size(outbox), 200 * 96);
    struct outbox_block *head = outbox_head(outbox);
    assert_int_equal(head->size, 200 * 96);
    assert_null(head->next);
    for (size_t i = 0; i < head->size; i++)
        assert_int_equal(head->octets[i], i / 96);
    memset(head->octets - OUTBOX_HEADROOM, 0xff, OUTBOX_HEADROOM); /* the room is ours */
    outbox_wrote(outbox, head->size);
    assert_null(outbox_head(outbox));
    assert_int_equal(outbox_size(outbox), 0);
    assert_null(outbox_destroy(outbox));
}

static void a_block_ends_at_64_kib(void **state)
{
    (void)state;
    struct outbox *outbox = make();
    for (int i = 0; i < 16; i++)
        add(outbox, 4096, (uint8_t)i);
    assert_int_equal(outbox_head(outbox)->size, OUTBOX_COALESCE_MAX);
    add(outbox, 8, 0xaa);
    assert_int_equal(count_blocks(outbox), 2);
    assert_int_equal(outbox_head(outbox)->size, OUTBOX_COALESCE_MAX);
    assert_int_equal(outbox_head(outbox)->next->size, 8);
    outbox_destroy(outbox);
}

static void a_large_frame_has_its_own_block(void **state)
{
    (void)state;
    struct outbox *outbox = make();
    add(outbox, 64, 1);
    add(outbox, 1u << 20, 2);
    add(outbox, 64, 3);
    assert_int_equal(count_blocks(outbox), 3);
    const size_t sizes[] = {64, 1u << 20, 64};
    for (uint8_t i = 0; i < 3; i++) {
        struct outbox_block *head = outbox_head(outbox);
        assert_int_equal(head->size, sizes[i]);
        assert_int_equal(head->octets[0], i + 1);
        assert_int_equal(head->octets[head->size - 1], i + 1);
        outbox_wrote(outbox, head->size);
    }
    outbox_destroy(outbox);
}

static void a_block_can_be_written_in_pieces_while_it_grows(void **state)
{
    (void)state;
    struct outbox *outbox = make();
    uint8_t expected = 0;
    uint8_t next = 0;
    size_t n_read = 0;
    for (int step = 0; step < 3000; step++) {
        add(outbox, 37, next++);
        for (int i = 0; i < (step < 1500 ? 1 : 4) && outbox_head(outbox) != NULL; i++) {
            struct outbox_block *head = outbox_head(outbox);
            size_t n = head->size - head->done < 29 ? head->size - head->done : 29;
            for (size_t j = 0; j < n; j++) {
                expected = (uint8_t)(n_read++ / 37);
                assert_int_equal(head->octets[head->done + j], expected);
            }
            outbox_wrote(outbox, n);
        }
        assert_int_equal(outbox_size(outbox), (size_t)(step + 1) * 37 - n_read);
    }
    outbox_destroy(outbox);
}

static void descriptors_begin_a_block(void **state)
{
    (void)state;
    struct outbox *outbox = make();
    int fds[2] = {open_one(), open_one()};
    add(outbox, 64, 1);
    add_fds(outbox, 64, 2, fds, 2);
    add(outbox, 64, 3); /* may stand behind them */
    assert_int_equal(count_blocks(outbox), 2);
    assert_int_equal(outbox_head(outbox)->n_fds, 0);
    outbox_wrote(outbox, 64);
    struct outbox_block *head = outbox_head(outbox);
    assert_int_equal(head->size, 128);
    assert_int_equal(head->n_fds, 2);
    assert_int_equal(head->fds[0], fds[0]);
    assert_int_equal(head->fds[1], fds[1]);
    add(outbox, 8192, 4); /* moves to a larger block, with its descriptors */
    head = outbox_head(outbox);
    assert_null(head->next);
    assert_int_equal(head->n_fds, 2);
    assert_int_equal(head->fds[1], fds[1]);
    head->n_fds = 0; /* a link took them */
    outbox_wrote(outbox, head->size);
    assert_true(is_open(fds[0]) && is_open(fds[1]));
    close(fds[0]);
    close(fds[1]);
    outbox_destroy(outbox);
}

static void descriptors_nobody_took_are_closed(void **state)
{
    (void)state;
    struct outbox *outbox = make();
    int fds[3] = {open_one(), open_one(), open_one()};
    for (int i = 0; i < 3; i++)
        add_fds(outbox, 64, 1, &fds[i], 1);
    outbox_wrote(outbox, 64);
    assert_false(is_open(fds[0]));
    assert_true(is_open(fds[1]));
    outbox_clear(outbox);
    assert_int_equal(outbox_size(outbox), 0);
    assert_false(is_open(fds[1]) || is_open(fds[2]));
    outbox_destroy(outbox);
}

static void destroying_gives_all_back(void **state)
{
    (void)state;
    struct outbox *outbox = make();
    int fd = open_one();
    add_fds(outbox, 64, 1, &fd, 1);
    for (int i = 0; i < 100; i++)
        add(outbox, 4000, 2); /* more blocks than one */
    outbox_destroy(outbox);
    assert_false(is_open(fd));
    assert_null(outbox_destroy(NULL));
}

/* Brings a block of three octets for each count of @user. */
static void bring_block(void *user, struct outbox *outbox)
{
    unsigned *left = user;
    assert_int_equal(outbox_size(outbox), 0);
    if (*left == 0)
        return;
    (*left)--;
    struct outbox_block *block = outbox_block_create(3);
    assert_non_null(block);
    assert_true(block->capacity >= 3);
    memset(block->octets - OUTBOX_HEADROOM, 9, OUTBOX_HEADROOM + 3);
    block->size = 3;
    outbox_append_block(outbox, block);
}

static void a_refill_is_asked_when_nothing_else_waits(void **state)
{
    (void)state;
    struct outbox *outbox = make();
    unsigned left = 2;
    outbox_set_refill(outbox, bring_block, &left);
    assert_int_equal(outbox_size(outbox), 0);
    add(outbox, 64, 1);
    assert_int_equal(outbox_head(outbox)->size, 64);
    assert_int_equal(left, 2);
    outbox_wrote(outbox, 64);
    assert_int_equal(outbox_head(outbox)->size, 3);
    assert_int_equal(left, 1);
    assert_int_equal(outbox_size(outbox), 3);
    add(outbox, 64, 1); /* behind it */
    outbox_wrote(outbox, 3);
    assert_non_null(outbox_head(outbox));
    assert_int_equal(left, 1);
    outbox_clear(outbox);
    outbox_wrote(outbox, outbox_head(outbox)->size);
    assert_null(outbox_head(outbox));
    assert_int_equal(left, 0);
    outbox_destroy(outbox);
}

static void blocks_of_every_size_can_be_made(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 4000, 5000, OUTBOX_COALESCE_MAX, OUTBOX_COALESCE_MAX + 8192};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct outbox_block *block = outbox_block_create(sizes[i]);
        assert_non_null(block);
        assert_true(block->capacity >= sizes[i]);
        memset(block->octets, 1, sizes[i]);
        assert_null(outbox_block_destroy(block));
    }
    assert_null(outbox_block_destroy(NULL));
}

static int drain(void **state)
{
    (void)state;
    outbox_pool_drain();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_put_together),
        cmocka_unit_test(a_block_ends_at_64_kib),
        cmocka_unit_test(a_large_frame_has_its_own_block),
        cmocka_unit_test(a_block_can_be_written_in_pieces_while_it_grows),
        cmocka_unit_test(descriptors_begin_a_block),
        cmocka_unit_test(descriptors_nobody_took_are_closed),
        cmocka_unit_test(destroying_gives_all_back),
        cmocka_unit_test(a_refill_is_asked_when_nothing_else_waits),
        cmocka_unit_test(blocks_of_every_size_can_be_made),
    };
    return cmocka_run_group_tests(tests, NULL, drain);
}
