/*
 * Many clients of one filesystem, each with files of its own, and all with one directory in common,
 * where they make and take away names at the same time.
 *
 *     stress PATH THREADS ROUNDS
 *
 * PATH is a directory's that is there. Nothing is left behind.
 */
#include <dirent.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "check.h"

#define THREADS_MAX 64
#define SIZE_MAX_WRITTEN 20000u

static const char *top;
static unsigned nthreads, nrounds;
static oid_t common;

static int lookUp(const char *path, oid_t *fil, oid_t *dev)
{
    int err;
    do
        err = lookup(path, fil, dev);
    while (err == -EINTR);
    return err;
}

static int sendTo(msg_t *msg)
{
    int err = msgSend(msg->oid.port, msg);
    CHECK_INT(err, EOK);
    return msg->o.err;
}

static int create(const oid_t *dir, const char *name, int type, oid_t *oid)
{
    msg_t msg = {.type = mtCreate, .oid = *dir};
    int err;
    msg.i.create.type = type;
    msg.i.create.mode = 0755;
    msg.i.data = name;
    msg.i.size = strlen(name) + 1;
    err = sendTo(&msg);
    if (err >= 0)
        *oid = msg.o.create.oid;
    return err;
}

static int change(int type, const oid_t *dir, const char *name, const oid_t *oid)
{
    msg_t msg = {.type = type, .oid = *dir};
    msg.i.ln.oid = *oid;
    msg.i.data = name;
    msg.i.size = strlen(name) + 1;
    return sendTo(&msg);
}

static int transfer(int type, const oid_t *oid, off_t offs, const void *in, void *out, size_t size)
{
    msg_t msg;
    memset(&msg, 0, sizeof msg);
    msg.type = type;
    msg.oid = *oid;
    msg.i.io.offs = offs;
    if (type == mtWrite) {
        msg.i.data = in;
        msg.i.size = size;
    } else {
        msg.o.data = out;
        msg.o.size = size;
    }
    return sendTo(&msg);
}

static long long attribute(const oid_t *oid, int type)
{
    msg_t msg = {.type = mtGetAttr, .oid = *oid};
    msg.i.attr.type = type;
    CHECK_INT(sendTo(&msg), EOK);
    return msg.o.attr.val;
}

static int simple(int type, const oid_t *oid)
{
    msg_t msg = {.type = type, .oid = *oid};
    return sendTo(&msg);
}

static unsigned entries(const oid_t *dir)
{
    union {
        struct dirent dirent;
        char room[sizeof(struct dirent) + NAME_MAX + 1];
    } buffer;
    off_t offs = 0;
    unsigned n = 0;
    for (;;) {
        msg_t msg = {.type = mtReaddir, .oid = *dir};
        int err;
        msg.i.readdir.offs = offs;
        msg.o.data = &buffer;
        msg.o.size = sizeof buffer;
        err = sendTo(&msg);
        if (err == -ENOENT)
            return n;
        CHECK(err >= 0 && buffer.dirent.d_reclen > 0);
        CHECK(strlen(buffer.dirent.d_name) == buffer.dirent.d_namlen);
        offs += buffer.dirent.d_reclen;
        n += buffer.dirent.d_name[0] != '.';
    }
}

/* A file is written, read, cut off, renamed into another directory, and goes. */
static void useFile(const oid_t *dir, const char *path, uint32_t *state)
{
    static __thread unsigned char out[SIZE_MAX_WRITTEN], in[SIZE_MAX_WRITTEN];
    const size_t size = draw(state) % SIZE_MAX_WRITTEN + 1;
    const off_t hole = draw(state) % 10000;
    char longer[PATH_MAX + 8];
    oid_t file, fil, dev;
    for (size_t i = 0; i < size; i++)
        out[i] = (unsigned char)draw(state);
    CHECK_INT(create(dir, "file", otFile, &file), EOK);
    CHECK_INT(create(dir, "file", otFile, &fil), -EEXIST);
    CHECK_INT(simple(mtOpen, &file), EOK);
    CHECK_INT(transfer(mtWrite, &file, hole, out, NULL, size), (int)size);
    CHECK_INT(attribute(&file, atSize), hole + (long long)size);
    CHECK_INT(transfer(mtRead, &file, hole, NULL, in, sizeof in), (int)size);
    CHECK(memcmp(in, out, size) == 0);
    CHECK_INT(transfer(mtRead, &file, hole + (off_t)size, NULL, in, sizeof in), 0);

    (void)snprintf(longer, sizeof longer, "%s/file", path);
    CHECK_INT(lookUp(longer, &fil, &dev), EOK);
    CHECK(fil.port == file.port && fil.id == file.id);
    CHECK(dev.port == file.port && dev.id == file.id);
    CHECK_INT(change(mtLink, dir, "other", &file), EOK);
    CHECK_INT(attribute(&file, atLinks), 2);
    CHECK_INT(change(mtUnlink, dir, "file", &file), EOK);
    CHECK_INT(lookUp(longer, &fil, &dev), -ENOENT);
    CHECK_INT(entries(dir), 1);
    CHECK_INT(change(mtUnlink, dir, "other", &file), EOK);
    /* it is open: it stays until it is closed */
    CHECK_INT(transfer(mtRead, &file, hole, NULL, in, 1), 1);
    CHECK_INT(simple(mtClose, &file), EOK);
    CHECK_INT(entries(dir), 0);
}

/* Whoever made the name has it; the others hear that it is there. */
static void contend(uint32_t *state)
{
    char name[16];
    oid_t mine;
    int err;
    (void)snprintf(name, sizeof name, "name%u", draw(state) % 4);
    err = create(&common, name, otFile, &mine);
    CHECK(err == EOK || err == -EEXIST);
    (void)entries(&common);
    if (err == EOK)
        CHECK_INT(change(mtUnlink, &common, name, &mine), EOK);
}

static void useAll(void *arg)
{
    const unsigned index = *(const unsigned *)arg;
    uint32_t state = (index + 1) * 2654435761u;
    char name[16], path[PATH_MAX];
    oid_t parent, dir;
    CHECK_INT(lookUp(top, NULL, &parent), EOK);
    (void)snprintf(name, sizeof name, "stress%u", index);
    (void)snprintf(path, sizeof path, "%s/%s", strcmp(top, "/") == 0 ? "" : top, name);
    CHECK_INT(create(&parent, name, otDir, &dir), EOK);
    for (unsigned i = 0; i < nrounds; i++) {
        useFile(&dir, path, &state);
        contend(&state);
    }
    CHECK_INT(change(mtUnlink, &parent, name, &dir), EOK);
    CHECK_INT(lookUp(path, NULL, &dir), -ENOENT);
    endthread();
}

int main(int argc, char **argv)
{
    static unsigned numbers[THREADS_MAX];
    handle_t ids[THREADS_MAX];
    oid_t parent;
    CHECK(argc == 4);
    top = argv[1];
    nthreads = number(argv[2]);
    nrounds = number(argv[3]);
    CHECK(nthreads <= THREADS_MAX);
    wait_for(top, &parent);
    CHECK_INT(create(&parent, "common", otDir, &common), EOK);
    for (unsigned i = 0; i < nthreads; i++) {
        numbers[i] = i;
        CHECK_INT(beginthreadex(useAll, 4, NULL, 4096, &numbers[i], &ids[i]), EOK);
    }
    for (unsigned i = 0; i < nthreads; i++)
        CHECK_INT(threadJoin(ids[i], 0), ids[i]);
    CHECK_INT(entries(&common), 0);
    CHECK_INT(change(mtUnlink, &parent, "common", &common), EOK);
    say("done");
    return EXIT_SUCCESS;
}
