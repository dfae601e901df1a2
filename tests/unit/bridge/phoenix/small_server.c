/*
 * Objects are in one array, by their ids from 1, and never come back.
 */
#include "tests/unit/bridge/phoenix/small_server.h"

#include <dirent.h>
#include <errno.h>
#include <phoenix/attribute.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define OBJECTS_MAX 64u
#define ROOM 512u
#define NAME_ROOM 32u

struct object {
    unsigned int parent; /* 0: it is not there */
    char name[NAME_ROOM];
    int type;
    unsigned int mode;
    oid_t dev;
    unsigned char data[ROOM];
    size_t size;
    int n_open;
};

static struct object objects[OBJECTS_MAX];
static unsigned int n_objects;
static uint32_t our_port;
struct small_counts small_counts;
msg_t small_last;

static oid_t oid_of(unsigned int id)
{
    oid_t oid;
    memset(&oid, 0, sizeof oid);
    oid.port = our_port;
    oid.id = id;
    return oid;
}

static unsigned int add(unsigned int parent, const char *name, int type, unsigned int mode)
{
    struct object *object = &objects[++n_objects];
    object->parent = parent;
    (void)snprintf(object->name, sizeof object->name, "%s", name);
    object->type = type;
    object->mode = mode;
    object->dev = oid_of(n_objects);
    return n_objects;
}

oid_t small_server_begin(uint32_t port)
{
    memset(objects, 0, sizeof objects);
    n_objects = 0;
    our_port = port;
    small_server_forget_counts();
    return oid_of(add(1, "", otDir, S_IFDIR | 0755));
}

void small_server_forget_counts(void)
{
    memset(&small_counts, 0, sizeof small_counts);
}

int small_server_n_open(void)
{
    int n = 0;
    for (unsigned int id = 1; id <= n_objects; id++)
        n += objects[id].n_open;
    return n;
}

static unsigned int find(unsigned int dir, const char *name, size_t len)
{
    for (unsigned int id = 2; id <= n_objects; id++)
        if (objects[id].parent == dir && strlen(objects[id].name) == len &&
            memcmp(objects[id].name, name, len) == 0)
            return id;
    return 0;
}

static int look_up(unsigned int id, const char *path, msg_t *msg)
{
    const char *at = path;
    while (*at != '\0') {
        const size_t len = strcspn(at, "/");
        if (objects[id].dev.port != our_port || objects[id].dev.id != id)
            break; /* another server's */
        if (objects[id].type != otDir)
            return -ENOTDIR;
        const unsigned int next = find(id, at, len);
        if (next == 0)
            return -ENOENT;
        id = next;
        at += len;
        if (*at == '/')
            at++;
    }
    msg->o.lookup.fil = oid_of(id);
    msg->o.lookup.dev = objects[id].dev;
    if (at > path && at[-1] == '/')
        at--;
    return (int)(at - path);
}

static int create(unsigned int dir, msg_t *msg)
{
    const char *name = msg->i.data;
    if (objects[dir].type != otDir)
        return -ENOTDIR;
    if (find(dir, name, strlen(name)) != 0)
        return -EEXIST;
    if (n_objects + 1 >= OBJECTS_MAX)
        return -ENOSPC;
    unsigned int id = add(dir, name, msg->i.create.type, msg->i.create.mode);
    if (msg->i.create.type == otDev)
        objects[id].dev = msg->i.create.dev;
    if (msg->i.create.type == otSymlink) {
        const char *target = name + strlen(name) + 1;
        objects[id].size = strlen(target);
        memcpy(objects[id].data, target, objects[id].size);
    }
    msg->o.create.oid = oid_of(id);
    return 0;
}

static int read_or_write(struct object *object, msg_t *msg)
{
    const size_t offset = (size_t)msg->i.io.offs;
    if (msg->type == mtRead) {
        if (offset >= object->size)
            return 0;
        size_t n = object->size - offset < msg->o.size ? object->size - offset : msg->o.size;
        memcpy(msg->o.data, object->data + offset, n);
        return (int)n;
    }
    if (offset > ROOM || msg->i.size > ROOM - offset)
        return -ENOSPC;
    memcpy(object->data + offset, msg->i.data, msg->i.size);
    if (offset + msg->i.size > object->size)
        object->size = offset + msg->i.size;
    return (int)msg->i.size;
}

static int link_name(unsigned int dir, msg_t *msg)
{
    const char *name = msg->i.data;
    unsigned int there = find(dir, name, strlen(name));
    unsigned int id = (unsigned int)msg->i.ln.oid.id;
    if (there != 0)
        objects[there].parent = 0;
    /* one that has two names is two objects here */
    unsigned int copy = add(dir, name, objects[id].type, objects[id].mode);
    memcpy(objects[copy].data, objects[id].data, ROOM);
    objects[copy].size = objects[id].size;
    for (unsigned int below = 2; below <= n_objects; below++)
        if (objects[below].parent == id)
            objects[below].parent = copy;
    return 0;
}

static int unlink_name(unsigned int dir, msg_t *msg)
{
    const char *name = msg->i.data;
    unsigned int id = find(dir, name, strlen(name));
    if (id == 0)
        return -ENOENT;
    for (unsigned int below = 2; below <= n_objects; below++)
        if (objects[below].parent == id)
            return -ENOTEMPTY;
    objects[id].parent = 0;
    return 0;
}

static int attribute(struct object *object, msg_t *msg)
{
    switch (msg->i.attr.type) {
    case atMode:
        msg->o.attr.val = object->mode;
        return 0;
    case atType:
        msg->o.attr.val = object->type;
        return 0;
    case atSize:
        msg->o.attr.val = (long long)object->size;
        return 0;
    case atPollStatus:
        msg->o.attr.val = object->size > 0 ? 0x11 : 0x10; /* something to read; room */
        return 0;
    default:
        return -EINVAL;
    }
}

static int all_attributes(const struct object *object, msg_t *msg)
{
    struct _attrAll attrs;
    memset(&attrs, 0, sizeof attrs);
    _phoenix_initAttrsStruct(&attrs, -ENOSYS);
    struct _attr *const told[] = {&attrs.mode,   &attrs.uid,     &attrs.gid,   &attrs.size,
                                  &attrs.blocks, &attrs.ioblock, &attrs.cTime, &attrs.mTime,
                                  &attrs.aTime,  &attrs.links};
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        told[i]->err = 0;
    attrs.mode.val = object->mode;
    attrs.size.val = (long long)object->size;
    attrs.links.val = 1;
    attrs.mTime.val = 1234;
    if (msg->o.data == NULL || msg->o.size != sizeof attrs)
        return -EINVAL;
    memcpy(msg->o.data, &attrs, sizeof attrs);
    return 0;
}

static int set_attribute(struct object *object, msg_t *msg)
{
    if (msg->i.attr.type == atMode)
        object->mode = (object->mode & S_IFMT) | (unsigned int)msg->i.attr.val;
    else if (msg->i.attr.type == atDev && msg->i.size == sizeof object->dev)
        memcpy(&object->dev, msg->i.data, sizeof object->dev);
    else
        return -EINVAL;
    return 0;
}

static int read_entry(unsigned int dir, msg_t *msg)
{
    struct dirent *entry = msg->o.data;
    unsigned int id = (unsigned int)msg->i.readdir.offs + 2;
    while (id <= n_objects && objects[id].parent != dir)
        id++;
    if (id > n_objects)
        return -ENOENT;
    const size_t len = strlen(objects[id].name);
    if (msg->o.size < sizeof *entry + len + 1)
        return -EINVAL;
    entry->d_ino = id;
    entry->d_type = objects[id].mode >> 12;
    entry->d_reclen = (uint16_t)(id - 1 - (unsigned int)msg->i.readdir.offs);
    entry->d_namlen = (uint16_t)len;
    memcpy(entry->d_name, objects[id].name, len + 1);
    return 0;
}

static int mount_root(msg_t *msg)
{
    const oid_t root = oid_of(1);
    memcpy(msg->o.raw, &root, sizeof root);
    return 0;
}

static int volume(msg_t *msg)
{
    struct statvfs *buf = msg->o.data;
    if (buf == NULL || msg->o.size != sizeof *buf)
        return -EINVAL;
    memset(buf, 0, sizeof *buf);
    buf->f_namemax = NAME_ROOM - 1;
    return 0;
}

/* Gives back what it is given, once more. */
static int control(msg_t *msg)
{
    unsigned long request;
    void *answer = NULL;
    const void *argument = ioctl_unpackEx(msg, &request, NULL, &answer);
    if (request == 0)
        return -EINVAL;
    if (IOCGROUP(request) != 'x')
        return -ENOTTY;
    if ((request & IOC_INOUT) == 0)
        return (int)(uintptr_t)argument;
    if ((request & IOC_INOUT) == IOC_OUT)
        memset(answer, 'o', IOCPARM_LEN(request));
    return (request & IOC_INOUT) == IOC_IN ? *(const unsigned char *)argument : 0;
}

static int result_of(msg_t *msg)
{
    const unsigned int id = (unsigned int)msg->oid.id;
    if (msg->type == mtStat)
        return volume(msg);
    if (id == 0 || id > n_objects || objects[id].parent == 0)
        return -ENOENT;
    struct object *object = &objects[id];
    switch (msg->type) {
    case mtOpen:
        object->n_open++;
        return 0;
    case mtClose:
        object->n_open--;
        return 0;
    case mtRead:
    case mtWrite:
        return read_or_write(object, msg);
    case mtTruncate:
        object->size = msg->i.io.len;
        return 0;
    case mtDevCtl:
        return control(msg);
    case mtCreate:
        return create(id, msg);
    case mtSetAttr:
        return set_attribute(object, msg);
    case mtGetAttr:
        return attribute(object, msg);
    case mtGetAttrAll:
        return all_attributes(object, msg);
    case mtLookup:
        return look_up(id, msg->i.data, msg);
    case mtLink:
        return link_name(id, msg);
    case mtUnlink:
        return unlink_name(id, msg);
    case mtReaddir:
        return read_entry(id, msg);
    case mtMount:
        return mount_root(msg);
    case mtUmount:
        return 0;
    default:
        return -ENOSYS;
    }
}

void small_server_answer(msg_t *msg)
{
    small_counts.all++;
    small_counts.of[msg->type < SMALL_TYPES - 1 ? msg->type : SMALL_TYPES - 1]++;
    small_last = *msg;
    msg->o.err = result_of(msg);
}
