/*
 * The headers with what servers and clients of that system take for granted of them: a server's
 * loop over all types, a driver's requests, a client. Compiled, not run.
 */
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <phoenix/attribute.h>
#include <poll.h>
#include <posix/idtree.h>
#include <posix/utils.h>
#include <string.h>
#include <sys/events.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/list.h>
#include <sys/minmax.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/rb.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/threads.h>
#include <sys/time.h>
#include <unistd.h>

#define BLINK_SET _IOW('b', 1, unsigned int)
#define BLINK_GET _IOR('b', 2, unsigned int)

typedef struct object {
    idnode_t node;
    rbnode_t linkage;
    struct object *next, *prev;
    oid_t oid;
    char *name;
    unsigned int value;
} object_t;

typedef struct {
    msg_t msg;
    msg_rid_t rid;
} request_t;

static struct {
    unsigned port; /* they say so as often as uint32_t */
    handle_t lock, cond;
    idtree_t ids;
    object_t *objects;
    int stop;
} common;

static object_t *object_get(id_t *id)
{
    return lib_treeof(object_t, node, idtree_find(&common.ids, (int)*id));
}

static int object_open(oid_t *oid, int flags)
{
    if ((flags & O_RDONLY) && (flags & O_TRUNC))
        return -EINVAL;
    return object_get(&oid->id) == NULL ? -ENOENT : EOK;
}

static int object_readdir(object_t *dir, off_t offs, struct dirent *dent, size_t size)
{
    object_t *o = dir;
    do {
        size_t len = strlen(o->name);
        if (offs-- > 0)
            continue;
        if (size < sizeof(*dent) + len + 1)
            return -EINVAL;
        dent->d_ino = o->oid.id;
        dent->d_type = DT_REG;
        dent->d_reclen = 1;
        dent->d_namlen = (uint16_t)len;
        memcpy(dent->d_name, o->name, len + 1);
        return EOK;
    } while ((o = o->next) != dir);
    return -ENOENT;
}

static void object_getattrall(struct _attrAll *attrs)
{
    _phoenix_initAttrsStruct(attrs, -ENOSYS);
    attrs->mode.val = S_IFCHR | DEFFILEMODE;
    attrs->mode.err = EOK;
}

static void object_devctl(msg_t *msg)
{
    unsigned long request;
    id_t id;
    const unsigned int *in = ioctl_unpack(msg, &request, &id);
    object_t *o = object_get(&id);

    switch (request) {
    case BLINK_SET:
        o->value = min(*in, 10u);
        ioctl_setResponse(msg, request, EOK, NULL);
        break;
    case BLINK_GET:
        ioctl_setResponse(msg, request, EOK, &o->value);
        break;
    default:
        ioctl_setResponse(msg, request, -ENOSYS, NULL);
        break;
    }
}

static void handle_message(msg_t *msg)
{
    object_t *o = object_get(&msg->oid.id);

    switch (msg->type) {
    case mtOpen:
    case mtClose:
        msg->o.err = object_open(&msg->oid, (int)msg->i.openclose.flags);
        break;
    case mtRead:
        memset(msg->o.data, 0, msg->o.size);
        msg->o.err = (msg->i.io.mode & O_NONBLOCK) ? -EAGAIN : (int)msg->o.size;
        break;
    case mtWrite:
        msg->o.err = (int)max(msg->i.size, (size_t)msg->i.io.offs);
        break;
    case mtTruncate:
        msg->o.err = msg->i.io.len == 0 ? EOK : -EINVAL;
        break;
    case mtDevCtl:
        object_devctl(msg);
        break;
    case mtCreate:
        msg->o.create.oid = msg->i.create.type == otDev ? msg->i.create.dev : o->oid;
        msg->o.err = (msg->i.create.mode & S_IFDIR) ? -EEXIST : EOK;
        break;
    case mtSetAttr:
        o->oid = msg->i.attr.type == atDev ? *(const oid_t *)msg->i.data : o->oid;
        break;
    case mtGetAttr:
        msg->o.attr.val = msg->i.attr.type == atPollStatus ? POLLIN | POLLOUT : 0;
        msg->o.err = EOK;
        break;
    case mtGetAttrAll:
        object_getattrall(msg->o.data);
        break;
    case mtLookup:
        msg->o.lookup.fil = msg->o.lookup.dev = o->oid;
        msg->o.err = (int)strlen(msg->i.data);
        break;
    case mtLink:
    case mtUnlink:
        msg->o.err = msg->i.ln.oid.port == common.port ? EOK : -EXDEV;
        break;
    case mtReaddir:
        msg->o.err = object_readdir(o, msg->i.readdir.offs, msg->o.data, msg->o.size);
        break;
    case mtMount: {
        mount_i_msg_t *in = (mount_i_msg_t *)msg->i.raw;
        mount_o_msg_t *out = (mount_o_msg_t *)msg->o.raw;
        out->oid = in->mnt;
        msg->o.err = EOK;
        break;
    }
    case mtStat:
        if (msg->o.data == NULL || msg->o.size != sizeof(struct statvfs)) {
            msg->o.err = -EINVAL;
            break;
        }
        ((struct statvfs *)msg->o.data)->f_namemax = 255;
        msg->o.err = EOK;
        break;
    case mtDestroy:
    case mtUmount:
    case mtSync:
    case mtMountPoint:
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
    priority(3);
    for (;;) {
        int err = msgRecv(common.port, &msg, &rid);
        if (err == -EINVAL)
            break;
        if (err < 0)
            continue;
        priority((int)msg.priority);
        handle_message(&msg);
        msgRespond(common.port, &msg, rid);
    }
    endthread();
}

static void defer(request_t *r)
{
    time_t now;
    (void)msgRecv(common.port, &r->msg, &r->rid);
    gettime(&now, NULL);
    mutexLock(common.lock);
    while (!common.stop && condWait(common.cond, common.lock, 1000000) != -ETIME)
        ;
    mutexUnlock(common.lock);
    r->msg.o.err = -ETIME;
    msgRespond(common.port, &r->msg, r->rid);
}

int phoenix_server(char *path);
int phoenix_server(char *path)
{
    static char stack[2][4096] __attribute__((aligned(8)));
    char *base, *dir;
    object_t *o = malloc(sizeof(object_t)); /* assert.h brings it */
    static request_t request;
    request_t *r = &request;

    assert(o != NULL);
    splitname(path, &base, &dir);
    o->name = base;
    idtree_init(&common.ids);
    o->oid.id = (id_t)idtree_alloc(&common.ids, &o->node);
    LIST_ADD(&common.objects, o);
    if (mutexCreate(&common.lock) != EOK || condCreate(&common.cond) != EOK)
        return -ENOMEM;
    if (portCreate(&common.port) != EOK || portRegister(common.port, path, &o->oid) < 0)
        return set_errno(-EEXIST);
    beginthread(serve, 4, stack[0], sizeof(stack[0]), NULL);
    beginthreadex(serve, 4, stack[1], sizeof(stack[1]), NULL, NULL);
    defer(r);
    LIST_REMOVE(&common.objects, o);
    portUnregister(path);
    portDestroy(common.port);
    while (threadJoin(-1, 0) == -EINTR)
        ;
    resourceDestroy(common.cond);
    resourceDestroy(common.lock);
    return SET_ERRNO(msgPulse(common.port, &r->msg));
}

ssize_t phoenix_client(const char *path, void *buffer, size_t size);
ssize_t phoenix_client(const char *path, void *buffer, size_t size)
{
    oid_t fil, dev;
    void *page = mmap(NULL, _PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_ANONYMOUS, -1, 0);

    while (lookup(path, &fil, &dev) == -EINTR)
        ;
    msg_t msg = {.type = mtRead,
                 .oid = dev,
                 .i.io = {.offs = 0, .len = 0, .mode = O_RDONLY},
                 .o = {.size = size, .data = buffer}};
    int err = msgSend(dev.port, &msg);
    munmap(page, _PAGE_SIZE);
    /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison,cert-exp42-c,cert-flp37-c): they do */
    if (err < 0 || memcmp(&fil, &dev, sizeof(oid_t)) != 0)
        return set_errno(err);
    return set_errno(msg.o.err);
}
