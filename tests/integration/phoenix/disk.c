/*
 * A device with a filesystem on it, which is that of the server "inner", and a directory of which
 * nothing is as it should be.
 *
 *     disk
 *
 * /dev/disk says what it is told to mount. "odd" knows no mtGetAttrAll; in it are "bell", whose
 * name has octets that terminals obey, "bare" without any attributes, "gone", which is listed only,
 * and unlisted ones: "greedy" consumes more than there is, "large" gives more than is asked for,
 * "still" is a directory that never gets on, and "more" leads back here.
 */
#include <dirent.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "check.h"

enum { DISK = 1, ODD, BARE, LARGE, STILL };

static uint32_t port;

static int mountOn(msg_t *msg)
{
    mount_i_msg_t in;
    mount_o_msg_t out;
    char line[256];
    memcpy(&in, msg->i.raw, sizeof in);
    memset(&out, 0, sizeof out);
    if (msg->oid.id != DISK || strcmp(in.fstype, "inner") != 0)
        return -EINVAL;
    if (lookup(in.fstype, NULL, &out.oid) < 0)
        return -ENODEV;
    memcpy(msg->o.raw, &out, sizeof out);
    (void)snprintf(line, sizeof line, "mount %s '%.*s' %zu", in.fstype, (int)msg->i.size,
                   (const char *)msg->i.data, msg->i.size);
    say(line);
    return EOK;
}

static int find(msg_t *msg)
{
    static const struct {
        const char *name;
        id_t id;
    } objects[] = {
        {"bare", BARE}, {"bell\a\033[2J", BARE}, {"large", LARGE}, {"more", ODD}, {"still", STILL}};
    const char *path = msg->i.data;
    const size_t len = strcspn(path, "/");
    if (strcmp(path, "greedy") == 0)
        return 100;
    for (size_t i = 0; i < sizeof objects / sizeof objects[0]; i++) {
        if (strlen(objects[i].name) != len || memcmp(objects[i].name, path, len) != 0)
            continue;
        msg->o.lookup.fil.port = msg->o.lookup.dev.port = port;
        msg->o.lookup.fil.id = msg->o.lookup.dev.id = objects[i].id;
        return (int)len;
    }
    return -ENOENT;
}

static int readEntry(msg_t *msg)
{
    static const char *const names[] = {"bell\a\033[2J", "bare", "gone"};
    struct dirent *dirent = msg->o.data;
    const size_t at = (size_t)msg->i.readdir.offs;
    if (at >= sizeof names / sizeof names[0])
        return -ENOENT;
    dirent->d_reclen = msg->oid.id == STILL ? 0 : 1;
    dirent->d_namlen = (uint16_t)strlen(names[at]);
    memcpy(dirent->d_name, names[at], strlen(names[at]) + 1);
    return EOK;
}

static int getAttribute(msg_t *msg)
{
    const int isDir = msg->oid.id == ODD || msg->oid.id == STILL;
    if (isDir && msg->i.attr.type == atType)
        msg->o.attr.val = otDir;
    else if (isDir && msg->i.attr.type == atMode)
        msg->o.attr.val = S_IFDIR | 0750;
    else
        return -EINVAL;
    return EOK;
}

static int handle(msg_t *msg)
{
    switch (msg->type) {
    case mtOpen:
    case mtClose:
        return EOK;
    case mtRead:
        return msg->oid.id == LARGE ? (int)msg->o.size + 1 : -EIO;
    case mtGetAttr:
        return getAttribute(msg);
    case mtLookup:
        return find(msg);
    case mtReaddir:
        return readEntry(msg);
    case mtMount:
        return mountOn(msg);
    default:
        return -ENOSYS;
    }
}

int main(void)
{
    oid_t disk = {.id = DISK}, odd = {.id = ODD};
    CHECK_INT(portCreate(&port), EOK);
    CHECK_INT(portRegister(port, "/dev/disk", &disk), EOK);
    CHECK_INT(portRegister(port, "odd", &odd), EOK);
    say("ready");
    for (;;) {
        msg_t msg;
        msg_rid_t rid;
        if (msgRecv(port, &msg, &rid) < 0)
            continue;
        msg.o.err = handle(&msg);
        msgRespond(port, &msg, rid);
    }
}
