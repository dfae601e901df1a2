/*
 * Requests of devices, true ones and others. Everything that is handed out is read to its end.
 */
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

struct small {
    char octets[48];
};
struct middle { /* too large for the input in the message, not for the answer */
    char octets[64];
};
struct large {
    char octets[200];
};

/* A message as a client's ioctl() makes it. */
static msg_t request_of(unsigned long request, unsigned long size, const void *data)
{
    msg_t msg = {.type = mtDevCtl, .pid = 77, .oid = {.port = 3, .id = 0x123456789a}};
    const ioctl_in_t in = {request, size};
    memcpy(msg.i.raw, &in, sizeof in);
    if (data != NULL && size <= sizeof msg.i.raw - sizeof in)
        memcpy(msg.i.raw + sizeof in, data, size);
    return msg;
}

static unsigned long request;
static id_t id;
static void *response;

static const void *unpack(msg_t *msg)
{
    request = 1;
    id = 1;
    response = NULL;
    return ioctl_unpackEx(msg, &request, &id, &response);
}

static void the_coding_is_the_systems(void **state)
{
    (void)state;
    assert_int_equal(_IOR('t', 1, char[92]), 0x405c7401);
    assert_int_equal(_IO('g', 2), 0x00006702);
    assert_int_equal(_IOV('g', 2, int), 0x00046702);
    assert_int_equal(_IOW('g', 2, int), 0x80046702);
    assert_int_equal(_IOWR('g', 2, int), 0xc0046702);
    assert_int_equal(_IOC_NESTED(IOC_INOUT, 'g', 2, int), 0xe0046702);
    assert_int_equal(IOCPARM_LEN(0x405c7401ul), 92);
    assert_int_equal(IOCBASECMD(0x405c7401ul), 0x40007401);
    assert_int_equal(IOCGROUP(0x405c7401ul), 't');
    assert_int_equal(_IOC(IOC_IN, 'g', 2, 0x2001), 0x80016702); /* 13 bits of the size */
}

static void an_argument_that_fits_stands_in_the_message(void **state)
{
    (void)state;
    struct small sent;
    memset(&sent, 's', sizeof sent);
    msg_t msg = request_of(_IOW('g', 1, struct small), sizeof sent, &sent);
    const void *data = unpack(&msg);
    assert_int_equal(request, _IOW('g', 1, struct small));
    assert_int_equal(id, 0x123456789a);
    assert_memory_equal(data, &sent, sizeof sent);
    assert_null(response);
    assert_int_equal(ioctl_getSenderPid(&msg), 77);
}

static void a_larger_one_in_i_data(void **state)
{
    (void)state;
    struct middle sent;
    memset(&sent, 'm', sizeof sent);
    msg_t msg = request_of(_IOW('g', 1, struct middle), sizeof sent, NULL);
    msg.i.data = &sent;
    msg.i.size = sizeof sent;
    assert_ptr_equal(ioctl_unpack(&msg, &request, NULL), &sent);
}

static void a_value_comes_as_itself(void **state)
{
    (void)state;
    const int value = 0x7654321;
    msg_t msg = request_of(_IOV('g', 1, int), sizeof value, &value);
    assert_int_equal((uintptr_t)unpack(&msg), 0x7654321);
    assert_null(response);

    msg = request_of(_IO('g', 1), 0, NULL);
    msg.i.raw[sizeof(ioctl_in_t)] = 1; /* not part of it */
    assert_null(unpack(&msg));
    assert_int_equal(request, _IO('g', 1));
}

static void an_answer_goes_to_o_raw_or_o_data(void **state)
{
    (void)state;
    msg_t msg = request_of(_IOR('g', 1, struct middle), sizeof(struct middle), NULL);
    assert_null(unpack(&msg));
    assert_ptr_equal(response, msg.o.raw);

    struct large room;
    msg = request_of(_IOR('g', 1, struct large), sizeof(struct large), NULL);
    msg.o.data = &room;
    msg.o.size = sizeof room;
    assert_null(unpack(&msg));
    assert_ptr_equal(response, &room);
}

static void what_came_stands_in_the_answer_already(void **state)
{
    (void)state;
    struct large sent;
    struct large room;
    memset(&sent, 'l', sizeof sent);
    memset(&room, 0, sizeof room);
    msg_t msg = request_of(_IOWR('g', 1, struct large), sizeof sent, NULL);
    msg.i.data = &sent;
    msg.i.size = sizeof sent;
    msg.o.data = &room;
    msg.o.size = sizeof room;
    assert_ptr_equal(unpack(&msg), &sent);
    assert_ptr_equal(response, &room);
    assert_memory_equal(&room, &sent, sizeof room);

    msg = request_of(_IOWR('g', 1, struct small), sizeof(struct small), &sent);
    assert_memory_equal(unpack(&msg), &sent, sizeof(struct small));
    assert_ptr_equal(response, msg.o.raw);
    assert_memory_equal(response, &sent, sizeof(struct small));
}

static void assert_senseless(msg_t *msg)
{
    assert_null(unpack(msg));
    assert_int_equal(request, 0);
    assert_null(response);
}

static void what_does_not_fit_together_is_request_0(void **state)
{
    (void)state;
    msg_t msg = request_of(_IOW('g', 1, struct small), sizeof(struct small) - 1, NULL);
    assert_senseless(&msg); /* less than the request says */
    msg = request_of(_IOV('g', 1, int), 3, NULL);
    assert_senseless(&msg);

    char *exact = malloc(sizeof(struct large) - 1); /* a sanitizer sees what is read behind it */
    memset(exact, 0, sizeof(struct large) - 1);
    msg = request_of(_IOW('g', 1, struct large), sizeof(struct large), NULL);
    assert_senseless(&msg); /* no i.data */
    msg.i.data = exact;
    msg.i.size = sizeof(struct large) - 1;
    assert_senseless(&msg);
    msg = request_of(_IOWR('g', 1, struct middle), ~0ul, NULL);
    msg.i.data = msg.o.data = exact;
    msg.i.size = msg.o.size = sizeof(struct large) - 1;
    assert_senseless(&msg);

    msg = request_of(_IOR('g', 1, struct large), sizeof(struct large), NULL);
    assert_senseless(&msg); /* no o.data */
    msg.o.data = exact;
    msg.o.size = sizeof(struct large) - 1;
    assert_senseless(&msg);
    free(exact);
}

static void nested_ones_are_larger_than_they_say(void **state)
{
    (void)state;
    struct large sent;
    memset(&sent, 'n', sizeof sent);
    msg_t msg = request_of(_IOC_NESTED(IOC_IN, 'g', 1, struct small), sizeof sent, NULL);
    msg.i.data = &sent;
    msg.i.size = sizeof sent;
    assert_ptr_equal(unpack(&msg), &sent);
}

static void nobody_need_want_to_know(void **state)
{
    (void)state;
    msg_t msg = request_of(_IOWR('g', 1, int), sizeof(int), NULL);
    assert_non_null(ioctl_unpackEx(&msg, NULL, NULL, NULL));
}

static void an_answer_is_put_where_it_belongs(void **state)
{
    (void)state;
    struct large answer;
    struct large room;
    memset(&answer, 'a', sizeof answer);
    msg_t msg = {.o.err = 1};
    ioctl_setResponse(&msg, _IOR('g', 1, struct middle), 0, &answer);
    assert_int_equal(msg.o.err, 0);
    assert_memory_equal(msg.o.raw, &answer, sizeof msg.o.raw);

    ioctl_setResponse(&msg, _IOR('g', 1, struct large), 5, &answer);
    assert_int_equal(msg.o.err, -EINVAL); /* no room */
    msg.o.data = &room;
    msg.o.size = sizeof room - 1;
    ioctl_setResponse(&msg, _IOR('g', 1, struct large), 5, &answer);
    assert_int_equal(msg.o.err, -EINVAL);
    msg.o.size = sizeof room;
    ioctl_setResponse(&msg, _IOR('g', 1, struct large), 5, &answer);
    assert_int_equal(msg.o.err, 5);
    assert_memory_equal(&room, &answer, sizeof room);
}

static void a_request_without_an_answer_has_an_error_alone(void **state)
{
    (void)state;
    msg_t msg = {.o.err = 1};
    const int data = -1;
    ioctl_setResponse(&msg, _IOW('g', 1, int), -EPERM, &data);
    assert_int_equal(msg.o.err, -EPERM);
    assert_int_equal(msg.o.raw[0], 0);
    ioctl_setResponse(&msg, _IOR('g', 1, int), 0, NULL);
    assert_int_equal(msg.o.raw[0], 0);
    ioctl_setResponseErr(&msg, _IOR('g', 1, int), -ENOTTY);
    assert_int_equal(msg.o.err, -ENOTTY);
    assert_int_equal(msg.o.raw[0], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_coding_is_the_systems),
        cmocka_unit_test(an_argument_that_fits_stands_in_the_message),
        cmocka_unit_test(a_larger_one_in_i_data),
        cmocka_unit_test(a_value_comes_as_itself),
        cmocka_unit_test(an_answer_goes_to_o_raw_or_o_data),
        cmocka_unit_test(what_came_stands_in_the_answer_already),
        cmocka_unit_test(what_does_not_fit_together_is_request_0),
        cmocka_unit_test(nested_ones_are_larger_than_they_say),
        cmocka_unit_test(nobody_need_want_to_know),
        cmocka_unit_test(an_answer_is_put_where_it_belongs),
        cmocka_unit_test(a_request_without_an_answer_has_an_error_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
