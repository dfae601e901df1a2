/*
 * Messages as they are sent, and what comes that is none.
 */
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bridge/legato/message.h"

static struct session *session; /* at the client, closed */

static struct message *new_message(size_t size)
{
    char id[32];
    (void)snprintf(id, sizeof id, "message test %zu", size);
    le_msg_SessionRef_t reference =
        le_msg_CreateSession(le_msg_GetProtocolRef(id, size), "message.test");
    session = session_find(reference, __func__);
    struct message *message = message_of(le_msg_CreateMsg(reference), __func__);
    assert_int_equal(le_msg_GetMaxPayloadSize(message_reference(message)), size);
    le_msg_DeleteSession(reference);
    return message;
}

static void drop(struct message *message)
{
    message_release(message);
    session = session_unref(session);
}

static struct via_parcel *sent_to(bool is_far, struct message *message)
{
    struct via_parcel *parcel = NULL;
    assert_int_equal(message_to_parcel(message, &message->fd, is_far, &parcel), VIA_OK);
    assert_int_equal(via_parcel_layout(parcel), VIA_LAYOUT_LEGATO);
    return parcel;
}

static struct via_parcel *sent(struct message *message)
{
    return sent_to(false, message);
}

static void zeros_at_the_end_are_not_sent(void **state)
{
    (void)state;
    static const struct {
        size_t size, last, used; /* @last octets are not all zero */
    } rows[] = {{0, 0, 0},        {1, 0, 0},          {1, 1, 1},          {7, 1, 7},
                {8, 1, 8},        {9, 9, 9},          {9, 8, 8},          {12, 3, 8},
                {12, 9, 12},      {100, 17, 24},      {100, 0, 0},        {100, 97, 100},
                {96, 90, 96},     {4096, 1, 8},       {4096, 4089, 4096}, {4096, 128, 128},
                {4096, 129, 136}, {4096, 3968, 3968}, {4096, 3969, 3976}, {4095, 4000, 4000}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct message *message = new_message(rows[i].size);
        if (rows[i].last > 0)
            message->payload[rows[i].last - 1] = 0x5a;
        struct via_parcel *parcel = sent(message);
        assert_int_equal(via_parcel_size(parcel), rows[i].used);
        struct message *come = message_from_parcel(session, parcel);
        assert_non_null(come);
        if (rows[i].size > 0)
            assert_memory_equal(come->payload, message->payload, rows[i].size);
        message_release(come);
        drop(message);
        via_parcel_unref(parcel);
    }
}

static void a_descriptor_goes_with_it_once(void **state)
{
    (void)state;
    for (size_t size = 0; size <= 16; size += 4) {
        int ends[2];
        char octet = 'a';
        assert_int_equal(pipe(ends), 0);
        struct message *message = new_message(size);
        le_msg_SetFd(message_reference(message), ends[0]);
        struct via_parcel *parcel = sent(message);
        assert_int_equal(via_parcel_n_fds(parcel), 1);
        assert_int_equal(le_msg_GetFd(message_reference(message)), -1);
        struct message *come = message_from_parcel(session, parcel);
        assert_int_equal(via_parcel_n_fds(parcel), 0);
        int fd = le_msg_GetFd(message_reference(come));
        assert_true(fd > STDERR_FILENO);
        assert_int_equal(le_msg_GetFd(message_reference(come)), -1);
        assert_int_equal(write(ends[1], &octet, 1), 1);
        assert_int_equal(read(fd, &octet, 1), 1);
        assert_int_equal(close(fd), 0);
        assert_int_equal(close(ends[1]), 0);
        message_release(come);
        drop(message);
        via_parcel_unref(parcel);
    }
}

static void a_descriptor_that_nobody_takes_is_closed(void **state)
{
    (void)state;
    int ends[2];
    char octet;
    assert_int_equal(pipe(ends), 0);
    struct message *message = new_message(4);
    le_msg_SetFd(message_reference(message), ends[1]);
    drop(message);
    assert_int_equal(read(ends[0], &octet, 1), 0);
    assert_int_equal(close(ends[0]), 0);
}

static int open_one(const char *what)
{
    int ends[2];
    if (strcmp(what, "folder") == 0)
        return open("/", O_RDONLY | O_DIRECTORY);
    if (strcmp(what, "file") == 0)
        return open("/proc/self/exe", O_RDONLY);
    if (strcmp(what, "epoll") == 0)
        return epoll_create1(0);
    if (strcmp(what, "pipe") == 0)
        assert_int_equal(pipe(ends), 0);
    else
        assert_int_equal(socketpair(AF_UNIX,
                                    strcmp(what, "packets") == 0 ? SOCK_SEQPACKET : SOCK_STREAM, 0,
                                    ends),
                         0);
    assert_int_equal(close(ends[1]), 0);
    return ends[0];
}

static void what_is_no_stream_stays_on_its_host(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        bool goes;
    } rows[] = {{"pipe", true},    {"stream", true},   {"file", true},
                {"folder", false}, {"packets", false}, {"epoll", false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int is_far = 0; is_far < 2; is_far++) {
            struct message *message = new_message(8);
            int fd = open_one(rows[i].what);
            assert_true(fd >= 0);
            le_msg_SetFd(message_reference(message), fd);
            struct via_parcel *parcel = sent_to(is_far != 0, message);
            assert_int_equal(via_parcel_n_fds(parcel), is_far != 0 && !rows[i].goes ? 0 : 1);
            drop(message);
            via_parcel_unref(parcel);
            assert_int_equal(fcntl(fd, F_GETFD), -1); /* it has been closed */
        }
}

static void what_is_longer_than_its_protocol_is_dropped(void **state)
{
    (void)state;
    static const struct {
        size_t size;
        uint8_t last;
        bool is_good;
    } rows[] = {{8, 1, true},   {10, 1, true},  {16, 0, true},
                {16, 1, false}, {19, 0, false}, {400, 0, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct message *message = new_message(10);
        struct via_parcel *parcel = NULL;
        uint8_t *at = NULL;
        assert_int_equal(via_parcel_create(&parcel), VIA_OK);
        assert_int_equal(via_parcel_append(parcel, NULL, rows[i].size, VIA_TAG_PAD, &at), VIA_OK);
        at[rows[i].size - 1] = rows[i].last;
        struct message *come = message_from_parcel(session, parcel);
        assert_int_equal(come != NULL, rows[i].is_good);
        assert_int_equal(via_parcel_size(parcel), 0);
        if (come != NULL)
            message_release(come);
        drop(message);
        via_parcel_unref(parcel);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zeros_at_the_end_are_not_sent),
        cmocka_unit_test(a_descriptor_goes_with_it_once),
        cmocka_unit_test(a_descriptor_that_nobody_takes_is_closed),
        cmocka_unit_test(what_is_no_stream_stays_on_its_host),
        cmocka_unit_test(what_is_longer_than_its_protocol_is_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
