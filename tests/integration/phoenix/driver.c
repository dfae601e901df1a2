/*
 * A driver of a device that gives back what is written to it: some threads on one port, open to one
 * process at a time, with both kinds of mtDevCtl.
 *
 *     driver server THREADS
 *     driver client [PATH]
 *     driver remove            the device's node
 */
#include <fcntl.h>
#include <posix/utils.h>
#include <sys/file.h>
#include <sys/ioctl.h>

#include "check.h"

#define NAME "/dev/driver"
#define OBJECT 7
#define ROOM 256u

/* ---- of both ---- */

/* Its own structures, in i.raw and o.raw. */
typedef struct {
    enum { control_getSpeed, control_setSpeed, control_getOid } type;
    uint32_t speed;
    oid_t oid;
} __attribute__((packed)) control_t;

/* ioctls: an argument that goes with the request, and one that is too large for that. */
typedef struct {
    uint32_t rows[25];
} table_t;

#define DRIVER_RESET _IO('v', 0)
#define DRIVER_SETSPEED _IOW('v', 1, uint32_t)
#define DRIVER_GETSPEED _IOR('v', 2, uint32_t)
#define DRIVER_DOUBLE _IOWR('v', 3, table_t)
#define DRIVER_SETLEVEL _IOV('v', 4, int)
#define DRIVER_GETLEVEL _IOR('v', 5, int)

/* ---- server ---- */

static struct {
    uint32_t port;
    handle_t lock;
    int owner; /* pid, 0: nobody */
    unsigned nopen;
    uint32_t speed;
    int level;
    unsigned char data[ROOM];
    size_t size;
} common;

static int openDevice(int pid)
{
    if (common.nopen > 0 && common.owner != pid)
        return -EBUSY;
    common.owner = pid;
    common.nopen++;
    return EOK;
}

static int closeDevice(void)
{
    if (common.nopen == 0)
        return -EBADF;
    common.nopen--;
    return EOK;
}

static int readDevice(void *data, size_t size)
{
    if (common.size == 0)
        return -EAGAIN;
    if (size > common.size)
        size = common.size;
    memcpy(data, common.data, size);
    common.size -= size;
    memmove(common.data, common.data + size, common.size);
    return (int)size;
}

static int writeDevice(const void *data, size_t size)
{
    if (common.size == ROOM)
        return -EAGAIN;
    if (size > ROOM - common.size)
        size = ROOM - common.size;
    memcpy(common.data + common.size, data, size);
    common.size += size;
    return (int)size;
}

static int getAttribute(int type, long long *val)
{
    switch (type) {
    case atMode:
        *val = 0x2000 | 0666;
        return EOK;
    case atSize:
        *val = (long long)common.size;
        return EOK;
    case atPollStatus:
        *val &= (common.size > 0 ? POLLIN | POLLRDNORM : 0) |
                (common.size < ROOM ? POLLOUT | POLLWRNORM : 0);
        return EOK;
    default:
        return -EINVAL;
    }
}

static void control(msg_t *msg)
{
    control_t in, out = {0};
    memcpy(&in, msg->i.raw, sizeof in);
    msg->o.err = EOK;
    switch (in.type) {
    case control_getSpeed:
        out.speed = common.speed;
        break;
    case control_setSpeed:
        common.speed = in.speed;
        break;
    case control_getOid:
        out.oid.port = common.port;
        out.oid.id = OBJECT;
        break;
    default:
        msg->o.err = -ENOSYS;
        break;
    }
    memcpy(msg->o.raw, &out, sizeof out);
}

static void ioctl_(msg_t *msg)
{
    unsigned long request;
    id_t id;
    const void *in = ioctl_unpack(msg, &request, &id);
    const void *out = NULL;
    table_t table;
    int err = EOK;
    switch (request) {
    case DRIVER_RESET:
        common.size = 0;
        break;
    case DRIVER_SETSPEED:
        memcpy(&common.speed, in, sizeof common.speed);
        break;
    case DRIVER_GETSPEED:
        out = &common.speed;
        break;
    case DRIVER_DOUBLE:
        memcpy(&table, in, sizeof table);
        for (size_t i = 0; i < sizeof table.rows / sizeof table.rows[0]; i++)
            table.rows[i] *= 2;
        out = &table;
        break;
    case DRIVER_SETLEVEL:
        common.level = (int)(intptr_t)in;
        break;
    case DRIVER_GETLEVEL:
        out = &common.level;
        break;
    default:
        err = -EINVAL;
        break;
    }
    ioctl_setResponse(msg, request, id == OBJECT ? err : -ENOENT, out);
}

static void handle(msg_t *msg)
{
    switch (msg->type) {
    case mtOpen:
        msg->o.err = openDevice((int)msg->pid);
        break;
    case mtClose:
        msg->o.err = closeDevice();
        break;
    case mtRead:
        msg->o.err = readDevice(msg->o.data, msg->o.size);
        break;
    case mtWrite:
        msg->o.err = writeDevice(msg->i.data, msg->i.size);
        break;
    case mtGetAttr:
        msg->o.attr.val = msg->i.attr.val;
        msg->o.err = getAttribute(msg->i.attr.type, &msg->o.attr.val);
        break;
    case mtDevCtl:
        /* object 0 takes its own structures, what is open ioctls */
        if (msg->oid.id == 0)
            control(msg);
        else
            ioctl_(msg);
        break;
    default:
        msg->o.err = -ENOSYS;
        break;
    }
}

static void serve(void *arg)
{
    msg_t msg;
    msg_rid_t rid;
    (void)arg;
    for (;;) {
        if (msgRecv(common.port, &msg, &rid) < 0)
            continue;
        (void)priority((int)msg.priority);
        (void)mutexLock(common.lock);
        handle(&msg);
        (void)mutexUnlock(common.lock);
        msgRespond(common.port, &msg, rid);
    }
}

static void runServer(unsigned nthreads)
{
    static char stacks[4][1024];
    oid_t oid = {.id = OBJECT};
    CHECK(nthreads >= 1 && nthreads <= sizeof stacks / sizeof stacks[0]);
    CHECK_INT(mutexCreate(&common.lock), EOK);
    CHECK_INT(portCreate(&common.port), EOK);
    oid.port = common.port;
    CHECK_INT(create_dev(&oid, NAME), EOK);
    CHECK_INT(create_dev(&oid, NAME), -EEXIST);
    for (unsigned i = 1; i < nthreads; i++)
        CHECK_INT(beginthread(serve, 4, stacks[i], sizeof stacks[i], NULL), EOK);
    say("ready");
    serve(NULL);
}

/* ---- client ---- */

static oid_t device;

static int sendTo(msg_t *msg)
{
    CHECK_INT(msgSend(msg->oid.port, msg), EOK);
    return msg->o.err;
}

static int openOrClose(int type)
{
    msg_t msg = {.type = type, .oid = device};
    msg.i.openclose.flags = O_RDWR | O_NONBLOCK;
    return sendTo(&msg);
}

static int readSome(void *data, size_t size)
{
    msg_t msg = {.type = mtRead, .oid = device};
    msg.i.io.mode = O_RDWR | O_NONBLOCK;
    msg.o.data = data;
    msg.o.size = size;
    return sendTo(&msg);
}

static int writeSome(const void *data, size_t size)
{
    msg_t msg = {.type = mtWrite, .oid = device};
    msg.i.io.mode = O_RDWR | O_NONBLOCK;
    msg.i.data = data;
    msg.i.size = size;
    return sendTo(&msg);
}

static long long attribute(int type, long long asked)
{
    msg_t msg = {.type = mtGetAttr, .oid = device};
    msg.i.attr.type = type;
    msg.i.attr.val = asked;
    CHECK_INT(sendTo(&msg), EOK);
    return msg.o.attr.val;
}

static control_t controlOf(control_t in)
{
    msg_t msg = {.type = mtDevCtl, .oid = {.port = device.port}};
    memcpy(msg.i.raw, &in, sizeof in);
    CHECK_INT(sendTo(&msg), EOK);
    memcpy(&in, msg.o.raw, sizeof in);
    return in;
}

/* What the C library makes of an ioctl(). */
static int request(unsigned long code, void *data)
{
    msg_t msg = {.type = mtDevCtl, .oid = device};
    ioctl_in_t head = {.request = code, .size = IOCPARM_LEN(code)};
    const size_t room = sizeof msg.i.raw - sizeof head;
    int err;
    memcpy(msg.i.raw, &head, sizeof head);
    if ((code & IOC_IN) != 0 && head.size > room) {
        msg.i.data = data;
        msg.i.size = head.size;
    } else if ((code & IOC_IN) != 0 || ((code & IOC_INOUT) == 0 && head.size > 0)) {
        memcpy(msg.i.raw + sizeof head, data, head.size);
    }
    if ((code & IOC_OUT) != 0 && head.size > sizeof msg.o.raw) {
        msg.o.data = data;
        msg.o.size = head.size;
    }
    err = sendTo(&msg);
    if ((code & IOC_OUT) != 0 && head.size <= sizeof msg.o.raw)
        memcpy(data, msg.o.raw, head.size);
    return err;
}

static void checkContent(void)
{
    unsigned char out[ROOM + 10], in[ROOM + 10];
    for (size_t i = 0; i < sizeof out; i++)
        out[i] = (unsigned char)(i * 7);
    CHECK_INT(attribute(atPollStatus, POLLIN | POLLOUT), POLLOUT);
    CHECK_INT(readSome(in, sizeof in), -EAGAIN);
    CHECK_INT(writeSome(out, 10), 10);
    CHECK_INT(attribute(atPollStatus, POLLIN | POLLOUT), POLLIN | POLLOUT);
    CHECK_INT(attribute(atSize, 0), 10);
    CHECK_INT(writeSome(out + 10, ROOM), ROOM - 10);
    CHECK_INT(writeSome(out, 1), -EAGAIN);
    CHECK_INT(attribute(atPollStatus, POLLIN | POLLOUT), POLLIN);
    CHECK_INT(readSome(in, 1), 1);
    CHECK_INT(readSome(in + 1, sizeof in - 1), ROOM - 1);
    CHECK(memcmp(in, out, ROOM) == 0);
}

static void checkControl(void)
{
    uint32_t speed = 9600;
    table_t table;
    int level = -5;
    oid_t other;
    (void)controlOf((control_t){.type = control_setSpeed, .speed = 115200});
    CHECK_INT(controlOf((control_t){.type = control_getSpeed}).speed, 115200);
    /* octets in raw: no number of a port is anything but a number there */
    other = controlOf((control_t){.type = control_getOid}).oid;
    CHECK(other.id == OBJECT && other.port != 0);

    CHECK_INT(request(DRIVER_SETSPEED, &speed), EOK);
    speed = 0;
    CHECK_INT(request(DRIVER_GETSPEED, &speed), EOK);
    CHECK_INT(speed, 9600);
    for (uint32_t i = 0; i < sizeof table.rows / sizeof table.rows[0]; i++)
        table.rows[i] = i;
    CHECK_INT(request(DRIVER_DOUBLE, &table), EOK);
    for (uint32_t i = 0; i < sizeof table.rows / sizeof table.rows[0]; i++)
        CHECK_INT(table.rows[i], 2LL * i);
    CHECK_INT(request(DRIVER_SETLEVEL, &level), EOK);
    level = 0;
    CHECK_INT(request(DRIVER_GETLEVEL, &level), EOK);
    CHECK_INT(level, -5);
    CHECK_INT(writeSome("x", 1), 1);
    CHECK_INT(request(DRIVER_RESET, NULL), EOK);
    CHECK_INT(attribute(atSize, 0), 0);
    CHECK_INT(request(_IO('v', 99), NULL), -EINVAL);
}

static void checkOthers(void)
{
    msg_t msg = {.type = 0x50c30001, .oid = device};
    CHECK_INT(sendTo(&msg), -ENOSYS);
    memset(&msg, 0, sizeof msg);
    msg.type = mtGetAttr;
    msg.oid = device;
    msg.i.attr.type = 99;
    CHECK_INT(sendTo(&msg), -EINVAL);
}

static void runClient(const char *path)
{
    wait_for(path, &device);
    CHECK_INT((long long)device.id, OBJECT);
    while (openOrClose(mtOpen) == -EBUSY)
        (void)poll(NULL, 0, RETRY_MS);
    CHECK_INT(openOrClose(mtOpen), EOK);
    checkContent();
    checkControl();
    checkOthers();
    CHECK_INT(openOrClose(mtClose), EOK);
    CHECK_INT(openOrClose(mtClose), EOK);
    say("done");
}

static void removeNode(void)
{
    oid_t oid = {.id = OBJECT};
    CHECK_INT(create_dev(&oid, NAME), -EEXIST);
    CHECK_INT(destroy_dev(NAME), EOK);
    CHECK_INT(destroy_dev(NAME), -ENOENT);
    CHECK_INT(destroy_dev(""), -EINVAL);
    CHECK_INT(create_dev(NULL, NAME), -EINVAL);
    say("done");
}

int main(int argc, char **argv)
{
    CHECK(argc > 1);
    if (strcmp(argv[1], "server") == 0)
        runServer(argc > 2 ? number(argv[2]) : 1);
    else if (strcmp(argv[1], "client") == 0)
        runClient(argc > 2 ? argv[2] : NAME);
    else
        removeNode();
    return EXIT_SUCCESS;
}
