/*
 * Messages of a driver host's processes: what was said is heard, and what nobody says is an end,
 * not a crash.
 */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bridge/hdf/host_message.h"
#include "include/hdf/hdf_sbuf.h"

static int ends[2];

static int begin(void **state)
{
    (void)state;
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
}

static int end(void **state)
{
    (void)state;
    (void)close(ends[0]);
    return close(ends[1]);
}

static const struct host_message whole = {.kind = HOST_DEVICE,
                                          .change = DEVICE_SERVICE_CHANGED,
                                          .serial = UINT32_MAX,
                                          .status = INT32_MIN,
                                          .id = 0x010002ff,
                                          .device_class = 0x3ff,
                                          .policy = 2,
                                          .name = "device",
                                          .service = "",
                                          .info = "what is said"};

static void must_be(const struct host_message *message, const struct host_message *expected)
{
    assert_int_equal(message->kind, expected->kind);
    assert_int_equal(message->change, expected->change);
    assert_int_equal(message->serial, expected->serial);
    assert_int_equal(message->status, expected->status);
    assert_int_equal(message->id, expected->id);
    assert_int_equal(message->device_class, expected->device_class);
    assert_int_equal(message->policy, expected->policy);
    assert_string_equal(message->name, expected->name);
    assert_string_equal(message->service, expected->service);
    assert_string_equal(message->info, expected->info);
}

static void what_is_sent_is_received(void **state)
{
    (void)state;
    struct host_message message, longest = whole;
    assert_int_equal(host_message_receive(ends[1], &message), HOST_NOTHING);
    memset(longest.name, 'n', HOST_TEXT_SIZE - 1);
    memset(longest.service, 's', HOST_TEXT_SIZE - 1);
    memset(longest.info, 'i', HOST_TEXT_SIZE - 1);
    assert_true(host_message_send(ends[0], &whole, true));
    assert_true(host_message_send(ends[0], &longest, false));
    assert_int_equal(host_message_receive(ends[1], &message), HOST_RECEIVED);
    must_be(&message, &whole);
    assert_int_equal(host_message_receive(ends[1], &message), HOST_RECEIVED);
    must_be(&message, &longest);
    assert_int_equal(host_message_receive(ends[1], &message), HOST_NOTHING);
}

static void who_does_not_wait_is_told_that_there_is_no_room(void **state)
{
    (void)state;
    struct host_message message;
    unsigned n = 0;
    while (host_message_send(ends[0], &whole, false))
        n++;
    for (unsigned i = 0; i < n; i++)
        assert_int_equal(host_message_receive(ends[1], &message), HOST_RECEIVED);
    assert_int_equal(host_message_receive(ends[1], &message), HOST_NOTHING);
    assert_true(n > 0);
}

static void an_end_is_told_to_both(void **state)
{
    (void)state;
    struct host_message message;
    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(host_message_receive(ends[1], &message), HOST_ENDED);
    assert_false(host_message_send(ends[1], &whole, true)); /* no signal either */
    ends[0] = dup(ends[1]);
}

/* ---- strangers ---- */

static enum host_received say(const void *octets, size_t size)
{
    struct host_message message;
    assert_int_equal(send(ends[0], octets, size, 0), size);
    enum host_received received = host_message_receive(ends[1], &message);
    if (received != HOST_RECEIVED)
        return received;
    assert_in_range(message.kind, HOST_DEVICE, HOST_UNLOAD);
    assert_in_range(message.change, DEVICE_CAME, DEVICE_WENT);
    assert_true(memchr(message.name, '\0', sizeof message.name) != NULL);
    assert_true(memchr(message.service, '\0', sizeof message.service) != NULL);
    assert_true(memchr(message.info, '\0', sizeof message.info) != NULL);
    return received;
}

/* The octets of a good message. */
static size_t write_down(unsigned char octets[2048])
{
    assert_true(host_message_send(ends[0], &whole, true));
    ssize_t size = recv(ends[1], octets, 2048, 0);
    assert_true(size > 0);
    return (size_t)size;
}

static void every_cut_is_an_end(void **state)
{
    (void)state;
    unsigned char octets[2048];
    size_t size = write_down(octets);
    for (size_t cut = 1; cut < size; cut++)
        assert_int_equal(say(octets, cut), HOST_ENDED);
    assert_int_equal(say(octets, size), HOST_RECEIVED);
}

static void numbers_that_nobody_knows_are_an_end(void **state)
{
    (void)state;
    static const unsigned char kinds[] = {0, HOST_UNLOAD + 1, 255};
    static const unsigned char changes[] = {DEVICE_WENT + 1, 255};
    unsigned char octets[2048];
    size_t size = write_down(octets);
    for (size_t i = 0; i < sizeof kinds; i++) {
        octets[0] = kinds[i];
        assert_int_equal(say(octets, size), HOST_ENDED);
    }
    octets[0] = HOST_DEVICE;
    for (size_t i = 0; i < sizeof changes; i++) {
        octets[4] = changes[i];
        assert_int_equal(say(octets, size), HOST_ENDED);
    }
    octets[4] = 0;
    octets[7] = 0x80; /* below 0, would it be signed */
    assert_int_equal(say(octets, size), HOST_ENDED);
}

/* A message whose @which-th text is of @length octets and its NUL. */
static enum host_received say_long(unsigned which, size_t length)
{
    char text[1200];
    struct HdfSBuf *out = HdfSbufObtain(8192);
    memset(text, 't', length);
    text[length] = '\0';
    for (unsigned i = 0; i < 7; i++)
        assert_true(HdfSbufWriteUint32(out, 1));
    for (unsigned i = 0; i < 3; i++)
        assert_true(HdfSbufWriteString(out, i == which ? text : ""));
    enum host_received received = say(HdfSbufGetData(out), HdfSbufGetDataSize(out));
    HdfSbufRecycle(out);
    return received;
}

static void texts_have_256_octets_at_most(void **state)
{
    (void)state;
    for (unsigned which = 0; which < 3; which++) {
        assert_int_equal(say_long(which, 255), HOST_RECEIVED);
        assert_int_equal(say_long(which, 256), HOST_RECEIVED);
        assert_int_equal(say_long(which, 257), HOST_ENDED);
        assert_int_equal(say_long(which, 1100), HOST_ENDED); /* longer than any message */
    }
}

static void lengths_next_to_2_to_the_32_are_an_end(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {UINT32_MAX,  UINT32_MAX - 3, 0x80000000u, 0x7fffffffu,
                                       0x7ffffffcu, 32768,          1025};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        uint32_t words[64] = {1, 1, 1, 1, 1, 1, 1};
        words[7] = lengths[i];
        assert_int_equal(say(words, sizeof words), HOST_ENDED);
    }
}

/* The same on every run. */
static unsigned roll(unsigned sides)
{
    static uint32_t noise = 1;
    noise = noise * 1664525u + 1013904223u;
    return (noise >> 8) % sides;
}

static void noise_is_no_message(void **state)
{
    (void)state;
    unsigned char octets[2048], good[2048];
    size_t size = write_down(good);
    for (int i = 0; i < 20000; i++) {
        memcpy(octets, good, sizeof octets);
        for (int k = (int)roll(8); k >= 0; k--)
            octets[roll((unsigned)size)] = (unsigned char)roll(256);
        (void)say(octets, 1 + roll((unsigned)size));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_sent_is_received, begin, end),
        cmocka_unit_test_setup_teardown(who_does_not_wait_is_told_that_there_is_no_room, begin,
                                        end),
        cmocka_unit_test_setup_teardown(an_end_is_told_to_both, begin, end),
        cmocka_unit_test_setup_teardown(every_cut_is_an_end, begin, end),
        cmocka_unit_test_setup_teardown(numbers_that_nobody_knows_are_an_end, begin, end),
        cmocka_unit_test_setup_teardown(texts_have_256_octets_at_most, begin, end),
        cmocka_unit_test_setup_teardown(lengths_next_to_2_to_the_32_are_an_end, begin, end),
        cmocka_unit_test_setup_teardown(noise_is_no_message, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
