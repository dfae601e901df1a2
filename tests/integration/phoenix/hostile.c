/*
 * A filesystem that means no good to whoever mounts it: names that lead elsewhere, directories
 * without an end or a step, sizes and counts that lie, errors that are none, answers that do not
 * come.
 *
 *     hostile [NAME]
 */
#include <dirent.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "check.h"

enum {
    ROOT = 1,
    NAMES,    /* a directory of names that are none, and of "good" */
    STILL,    /* one that never gets on */
    ENDLESS,  /* one of as many entries as anyone asks for */
    NAMELESS, /* the same, and not one has a name */
    JUMPY,    /* one whose places do not stay numbers */
    LOOP,     /* one that is in itself; the others are in the root alone */
    GOOD,     /* a file of 5 octets */
    HUGE_,    /* the same, which says that it is larger than anything */
    NEGATIVE, /* which says that it is less than nothing */
    EMPTY,    /* which says that it is empty */
    GREEDY,   /* gives more than is asked for */
    TAKER,    /* takes more than it is given */
    SLOTH,    /* takes nothing */
    ERRORS,   /* answers with numbers that are no errors */
    SILENT    /* does not answer a read */
};

static const struct {
    const char *name;
    id_t id;
} objects[] = {
    {"names", NAMES},       {"still", STILL},   {"endless", ENDLESS}, {"nameless", NAMELESS},
    {"jumpy", JUMPY},       {"loop", LOOP},     {"good", GOOD},       {"huge", HUGE_},
    {"negative", NEGATIVE}, {"empty", EMPTY},   {"greedy", GREEDY},   {"taker", TAKER},
    {"sloth", SLOTH},       {"errors", ERRORS}, {"silent", SILENT},
};
#define N_OBJECTS (sizeof objects / sizeof objects[0])

static uint32_t port;

static int isDir(id_t id)
{
    return id <= LOOP;
}

static int find(msg_t *msg)
{
    const char *name = msg->i.data;
    id_t id = 0;
    for (size_t i = 0; i < N_OBJECTS; i++)
        if (strcmp(objects[i].name, name) == 0)
            id = objects[i].id;
    if (msg->oid.id == ENDLESS || msg->oid.id == NAMES || msg->oid.id == JUMPY)
        id = GOOD;
    if (msg->oid.id == LOOP)
        id = strcmp(name, "root") == 0 ? ROOT : LOOP;
    if (id == 0)
        return strcmp(name, "odd") == 0 ? -99999 : -ENOENT;
    msg->o.lookup.fil.port = msg->o.lookup.dev.port = port;
    msg->o.lookup.fil.id = msg->o.lookup.dev.id = id;
    return (int)strlen(name);
}

/* ---- directories ---- */

static int tell(struct dirent *dirent, const char *name, size_t size, unsigned step)
{
    dirent->d_ino = 0;
    dirent->d_type = DT_REG;
    dirent->d_reclen = (uint16_t)step;
    dirent->d_namlen = (uint16_t)size;
    memcpy(dirent->d_name, name, strlen(name) + 1);
    return EOK;
}

static int readEntry(msg_t *msg)
{
    static const struct {
        const char *name;
        size_t size;
    } names[] = {{"a/b", 3},  {"/", 1},     {"..", 2},          {".", 1},         {"", 0},
                 {"x", 256},  {"y", 65535}, {"good", 4},        {"../../etc", 9}, {"\001\377", 2},
                 {"cut", 10}, {"", 5},      {"/etc/passwd", 11}};
    const size_t at = (size_t)msg->i.readdir.offs;
    char name[32];
    switch (msg->oid.id) {
    case ROOT:
        if (at >= N_OBJECTS)
            return -ENOENT;
        return tell(msg->o.data, objects[at].name, strlen(objects[at].name), 1);
    case NAMES:
        if (at >= sizeof names / sizeof names[0])
            return -ENOENT;
        return tell(msg->o.data, names[at].name, names[at].size, 1);
    case STILL:
        return tell(msg->o.data, "x", 1, 0);
    case ENDLESS:
        (void)snprintf(name, sizeof name, "%zu", at);
        return tell(msg->o.data, name, strlen(name), 7);
    case JUMPY:
        (void)snprintf(name, sizeof name, at > 9 && at < 14 ? "ghost" : "%zu", at);
        return at > 20 ? -ENOENT : tell(msg->o.data, name, strlen(name), at == 9 ? 5 : 1);
    case NAMELESS:
        return tell(msg->o.data, "", 0, UINT16_MAX);
    case LOOP:
        return at > 1 ? -ENOENT : tell(msg->o.data, at == 0 ? "loop" : "root", 4, 1);
    default:
        return -ENOTDIR;
    }
}

/* ---- attributes ---- */

static void know(struct _attr *attr, long long val)
{
    attr->val = val;
    attr->err = EOK;
}

static int tellAttributes(const msg_t *msg)
{
    struct _attrAll *attrs = msg->o.data;
    const id_t id = msg->oid.id;
    if (id == ERRORS)
        return -600;
    memset(attrs, 0xff, sizeof *attrs); /* errors, all of them */
    know(&attrs->mode, isDir(id) ? S_IFDIR | 0777 : S_IFREG | 0666);
    know(&attrs->size, id == HUGE_ ? LLONG_MAX : id == NEGATIVE ? -5 : id == EMPTY ? 0 : 5);
    know(&attrs->links, id == HUGE_ ? LLONG_MAX : -1);
    know(&attrs->blocks, id == HUGE_ ? LLONG_MAX : LLONG_MIN);
    know(&attrs->mTime, id == HUGE_ ? LLONG_MAX : LLONG_MIN);
    know(&attrs->uid, LLONG_MAX);
    know(&attrs->ioblock, LLONG_MAX);
    return EOK;
}

static int tellAttribute(msg_t *msg)
{
    if (msg->oid.id == ERRORS)
        return -513;
    if (msg->i.attr.type != atType)
        return -EINVAL;
    msg->o.attr.val = isDir(msg->oid.id) ? otDir : otFile;
    return EOK;
}

/* ---- content ---- */

static int readContent(msg_t *msg)
{
    const size_t at = (size_t)msg->i.io.offs, size = msg->o.size;
    if (msg->oid.id == GREEDY)
        return (int)size + 1;
    if (msg->oid.id == ERRORS)
        return INT_MIN;
    if (at >= 5)
        return 0;
    memcpy(msg->o.data, &"hello"[at], size < 5 - at ? size : 5 - at);
    return (int)(size < 5 - at ? size : 5 - at);
}

static int writeContent(const msg_t *msg)
{
    return msg->oid.id == TAKER ? (int)msg->i.size + 1 : msg->oid.id == SLOTH ? 0 : -4095;
}

static int handle(msg_t *msg)
{
    switch (msg->type) {
    case mtOpen:
    case mtClose:
    case mtTruncate:
        return EOK;
    case mtRead:
        return readContent(msg);
    case mtWrite:
        return writeContent(msg);
    case mtGetAttr:
        return tellAttribute(msg);
    case mtGetAttrAll:
        return tellAttributes(msg);
    case mtLookup:
        return find(msg);
    case mtReaddir:
        return readEntry(msg);
    case mtStat:
        memset(msg->o.data, 0xff, msg->o.size);
        return EOK;
    case mtCreate: /* what is made is nowhere */
        msg->o.create.oid.port = 1;
        msg->o.create.oid.id = 1;
        return EOK;
    default:
        return -ENOSYS;
    }
}

int main(int argc, char **argv)
{
    oid_t root = {.id = ROOT};
    CHECK_INT(portCreate(&port), EOK);
    CHECK_INT(portRegister(port, argc > 1 ? argv[1] : "/", &root), EOK);
    CHECK_INT(portRegister(port, "/dev/../../etc", &root), EOK);
    CHECK_INT(portRegister(port, "/dev/good", &root), EOK);
    say("ready");
    for (;;) {
        msg_t msg;
        msg_rid_t rid;
        if (msgRecv(port, &msg, &rid) < 0)
            continue;
        if (msg.type == mtRead && msg.oid.id == SILENT)
            continue;
        msg.o.err = handle(&msg);
        msgRespond(port, &msg, rid);
    }
}
