/*
 * The messages of a chain, one after the other. Whatever happens behind mtOpen, mtClose comes last:
 * but for the end of the session, of which the server's library learns by itself, and closes.
 */
#include <errno.h>
#include <string.h>

#include "codecs/json_write.h"
#include "codecs/octets.h"
#include "codecs/phoenix_json.h"
#include "codecs/phoenix_json_values.h"
#include "gateway/gateway.h"
#include "gateway/json_phoenix.h"

#define AT_SIZE 3u /* the attribute atSize */
#define OT_FILE 1u
#define O_RDONLY_THERE 1u
#define O_WRONLY_THERE 2u
#define DIRENT_TYPE 1u /* members of a directory entry */
#define DIRENT_RECLEN 2u
#define DIRENT_HEAD 16u
#define DIRENT_SIZE 272u /* with the longest name */

static const char *const steps[] = {
    [JSON_PHOENIX_CREATE] = "mtCreate",     [JSON_PHOENIX_OPEN] = "mtOpen",
    [JSON_PHOENIX_TRUNCATE] = "mtTruncate", [JSON_PHOENIX_SIZE] = "mtGetAttr",
    [JSON_PHOENIX_CLOSE] = "mtClose",
};

static const char *step_of(const struct json_phoenix *file)
{
    if (file->stage != JSON_PHOENIX_WORK)
        return steps[file->stage];
    return file->method == JSONRPC_READ    ? "mtRead"
           : file->method == JSONRPC_WRITE ? "mtWrite"
           : file->method == JSONRPC_LIST  ? "mtReaddir"
                                           : "mtGetAttrAll";
}

/* ---- failures ---- */

/* Nothing more is sent but mtClose; then it is told. */
static void fail(struct json_phoenix *file, const char *step, const struct phoenix_outcome *outcome)
{
    file->step = step;
    file->outcome = *outcome;
    buffer_cut(&file->out, 0);
}

static void fail_here(struct json_phoenix *file, int32_t err)
{
    const struct phoenix_outcome outcome = {.err = err};
    fail(file, step_of(file), &outcome);
}

/* Between two messages. */
static bool is_stopped(struct json_phoenix *file)
{
    const struct phoenix_outcome outcome = {.status = VIA_CANCELLED};
    bool stops = file->is_stopped;
    if (stops)
        fail(file, step_of(file), &outcome);
    return stops;
}

/* False: its text is too much beside those of the session's other requests, and of its batch. */
static bool has_room(struct json_phoenix *file)
{
    const struct phoenix_outcome outcome = {.status = VIA_TOO_LARGE};
    size_t others = file->batch != NULL ? file->batch->text.size : 0;
    json_phoenix_count(file);
    if (others + file->session->phoenix_size <= JSON_PHOENIX_TEXTS_MAX)
        return true;
    fail(file, step_of(file), &outcome);
    buffer_deinit(&file->out); /* its memory, too */
    json_phoenix_count(file);
    return false;
}

/* ---- messages ---- */

static void put(uint8_t *raw, int32_t type, size_t member, uint64_t value)
{
    const struct phoenix_struct *in = &phoenix_type_of(type)->in;
    (void)phoenix_put(in->members[member].kind, PHOENIX_ABI_LP64,
                      raw + phoenix_member_at(in, member, PHOENIX_ABI_LP64), value);
}

static void send_to(struct json_phoenix *file, enum json_phoenix_stage stage,
                    const struct phoenix_place *place, struct phoenix_request *request)
{
    file->stage = stage;
    const struct phoenix_outcome outcome = {.status = phoenix_ask_send(&file->ask, place, request)};
    if (outcome.status != VIA_OK && stage != JSON_PHOENIX_CLOSE)
        fail(file, step_of(file), &outcome);
}

static uint32_t flags_of(const struct json_phoenix *file)
{
    return file->method == JSONRPC_READ    ? O_RDONLY_THERE
           : file->method == JSONRPC_WRITE ? O_WRONLY_THERE
                                           : 0;
}

/* mtOpen or mtClose. */
static void send_flags(struct json_phoenix *file, enum json_phoenix_stage stage, int32_t type)
{
    uint8_t raw[PHOENIX_RAW_SIZE] = {0};
    put(raw, type, 0, flags_of(file));
    struct phoenix_request request = {.type = type, .in_raw = raw};
    send_to(file, stage, &file->opened, &request);
}

static void close_it(struct json_phoenix *file)
{
    file->is_open = false;
    file->ask.until_ms = 0; /* also of one that is late */
    send_flags(file, JSON_PHOENIX_CLOSE, PHOENIX_CLOSE);
}

static void open_it(struct json_phoenix *file)
{
    const struct phoenix_place *dev = &file->path.walk.dev;
    phoenix_place_set(&file->opened, &dev->oid, dev->object);
    send_flags(file, JSON_PHOENIX_OPEN, PHOENIX_OPEN);
}

static void create(struct json_phoenix *file)
{
    uint8_t raw[PHOENIX_RAW_SIZE] = {0};
    put(raw, PHOENIX_CREATE, 0, OT_FILE);
    put(raw, PHOENIX_CREATE, 1, JSON_PHOENIX_MODE);
    struct phoenix_request request = {.type = PHOENIX_CREATE,
                                      .in_raw = raw,
                                      .in_data = file->path.name,
                                      .in_size = strlen(file->path.name) + 1};
    send_to(file, JSON_PHOENIX_CREATE, &file->path.walk.dev, &request);
}

static void cut_down(struct json_phoenix *file)
{
    struct phoenix_request request = {.type = PHOENIX_TRUNCATE};
    send_to(file, JSON_PHOENIX_TRUNCATE, &file->opened, &request);
}

/* mtRead or mtWrite. */
static void transfer(struct json_phoenix *file, int32_t type)
{
    uint8_t raw[PHOENIX_RAW_SIZE] = {0};
    put(raw, type, 0, (uint64_t)file->offs);
    put(raw, type, 2, flags_of(file));
    struct phoenix_request request = {.type = type, .in_raw = raw};
    if (type == PHOENIX_READ) {
        request.has_out = true;
        request.out_size = file->size;
    } else {
        request.in_data = file->n_data > 0 ? (const void *)file->data : "";
        request.in_size = file->n_data;
    }
    send_to(file, JSON_PHOENIX_WORK, &file->opened, &request);
}

static void read_entry(struct json_phoenix *file)
{
    uint8_t raw[PHOENIX_RAW_SIZE] = {0};
    put(raw, PHOENIX_READDIR, 0, (uint64_t)file->offs);
    struct phoenix_request request = {
        .type = PHOENIX_READDIR, .in_raw = raw, .has_out = true, .out_size = DIRENT_SIZE};
    send_to(file, JSON_PHOENIX_WORK, &file->opened, &request);
}

static void ask_size(struct json_phoenix *file)
{
    uint8_t raw[PHOENIX_RAW_SIZE] = {0};
    put(raw, PHOENIX_GETATTR, 1, AT_SIZE);
    struct phoenix_request request = {.type = PHOENIX_GETATTR, .in_raw = raw};
    send_to(file, JSON_PHOENIX_SIZE, &file->path.walk.fil, &request);
}

static void ask_attributes(struct json_phoenix *file)
{
    const struct phoenix_type *type = phoenix_type_of(PHOENIX_GETATTRALL);
    struct phoenix_request request = {
        .type = PHOENIX_GETATTRALL, .has_out = true, .out_size = type->out_size};
    send_to(file, JSON_PHOENIX_WORK, &file->path.walk.fil, &request);
}

static void work(struct json_phoenix *file)
{
    if (file->method == JSONRPC_READ) {
        transfer(file, PHOENIX_READ);
    } else if (file->method == JSONRPC_WRITE) {
        transfer(file, PHOENIX_WRITE);
    } else {
        json_write_text(&file->out, "{\"err\":0,\"entries\":[");
        read_entry(file);
    }
}

/* ---- what is told ---- */

/* The answer as a call of its own would have it, without the brace at its end. */
static bool put_answer(struct json_phoenix *file, const struct phoenix_answer *answer)
{
    struct buffer *scratch = &file->session->session.gateway->json_scratch;
    struct buffer *out = &file->out;
    if (phoenix_json_write_reply(out, &answer->reply, &file->ask.question, scratch) != VIA_OK) {
        const struct phoenix_outcome outcome = {.status = VIA_NO_MEMORY};
        fail(file, step_of(file), &outcome);
        return false;
    }
    buffer_cut(out, out->size - 1);
    return true;
}

/* As the types of directory entries are called. */
static const char *type_of(uint32_t mode)
{
    static const struct {
        uint32_t format;
        const char *name;
    } types[] = {{0xc000, "DT_SOCK"}, {PHOENIX_S_IFLNK, "DT_LNK"}, {PHOENIX_S_IFREG, "DT_REG"},
                 {0x6000, "DT_BLK"},  {PHOENIX_S_IFDIR, "DT_DIR"}, {0x2000, "DT_CHR"},
                 {0x1000, "DT_FIFO"}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if ((mode & PHOENIX_S_IFMT) == types[i].format)
            return types[i].name;
    return "DT_UNKNOWN";
}

static void put_stat(struct json_phoenix *file)
{
    struct buffer *out = &file->out;
    json_write_key(out, "type");
    json_write_chars(out, type_of(file->path.mode));
    json_write_key(out, "mode");
    json_write_u64(out, file->path.mode);
    json_write_key(out, "fil");
    phoenix_json_oid(out, &file->path.walk.fil.oid);
    json_write_key(out, "dev");
    phoenix_json_oid(out, &file->path.walk.dev.oid);
    json_write_text(out, "}");
}

static void end_list(struct json_phoenix *file, bool more)
{
    struct buffer *out = &file->out;
    json_write_text(out, "]");
    if (more) {
        json_write_text(out, ",\"next\":\"");
        json_write_i64(out, file->offs);
        json_write_text(out, "\"");
    }
    json_write_text(out, "}");
}

static void put_entry(struct json_phoenix *file, const uint8_t *entry)
{
    const struct phoenix_struct *dirent = phoenix_struct_of(PHOENIX_DIRENT);
    struct buffer *out = &file->out;
    const char *name = (const char *)entry + DIRENT_HEAD;
    json_write_text(out, "{\"name\":");
    json_write_string(out, name, strnlen(name, DIRENT_SIZE - DIRENT_HEAD));
    json_write_key(out, "type");
    phoenix_json_member(out, &dirent->members[DIRENT_TYPE],
                        entry + phoenix_member_at(dirent, DIRENT_TYPE, PHOENIX_ABI_LP64));
    json_write_key(out, "ino");
    phoenix_json_member(out, &dirent->members[0], entry);
    json_write_text(out, "}");
}

static void entry_read(struct json_phoenix *file, const struct phoenix_answer *answer)
{
    const struct phoenix_struct *dirent = phoenix_struct_of(PHOENIX_DIRENT);
    if (answer->err == -ENOENT) {
        end_list(file, false);
        return;
    }
    uint32_t step =
        octets_get_u16(answer->data + phoenix_member_at(dirent, DIRENT_RECLEN, PHOENIX_ABI_LP64));
    if (step == 0 || file->offs > INT64_MAX - step) { /* it would never end */
        fail_here(file, -EIO);
        return;
    }
    if (file->n++ > 0)
        json_write_text(&file->out, ",");
    put_entry(file, answer->data);
    file->offs += step;
    if (file->n == file->size)
        end_list(file, true);
    else if (!is_stopped(file) && has_room(file))
        read_entry(file);
}

/* ---- answers ---- */

static void worked(struct json_phoenix *file, const struct phoenix_answer *answer)
{
    bool is_list = file->method == JSONRPC_LIST;
    if (answer->err < 0 && !(is_list && answer->err == -ENOENT)) {
        fail_here(file, answer->err);
        return;
    }
    if (is_list) {
        entry_read(file, answer);
        return;
    }
    if (!put_answer(file, answer) || !has_room(file))
        return;
    if (file->method == JSONRPC_STAT) {
        put_stat(file);
    } else if (file->method == JSONRPC_READ &&
               (file->path.mode & PHOENIX_S_IFMT) == PHOENIX_S_IFREG) {
        ask_size(file);
    } else {
        json_write_text(&file->out, "}");
    }
}

static void sized(struct json_phoenix *file, const struct phoenix_answer *answer)
{
    if (answer->status == VIA_OK && answer->err >= 0) {
        json_write_key(&file->out, "size");
        phoenix_json_i64(&file->out,
                         (int64_t)phoenix_get(PHOENIX_I64, PHOENIX_ABI_LP64, answer->raw));
    }
    json_write_text(&file->out, "}");
}

static void opened(struct json_phoenix *file, int32_t err)
{
    if (err < 0) {
        fail_here(file, err);
        return;
    }
    if (err > 0)
        file->opened.oid.id = (uint64_t)err; /* an object of this opening's own */
    file->is_open = true;
    if (is_stopped(file))
        return;
    if (file->truncates)
        cut_down(file);
    else
        work(file);
}

static void created(struct json_phoenix *file, const struct phoenix_answer *answer)
{
    if (answer->err < 0) {
        fail_here(file, answer->err);
        return;
    }
    phoenix_ask_place(&file->ask, answer, 0, &file->path.walk.fil);
    phoenix_place_set(&file->opened, &file->path.walk.fil.oid, file->path.walk.fil.object);
    file->path.mode = JSON_PHOENIX_MODE;
    if (!is_stopped(file))
        send_flags(file, JSON_PHOENIX_OPEN, PHOENIX_OPEN);
}

/* Where no message is under way any more, what is open is closed; that done, it is told. */
static void settle(struct json_phoenix *file)
{
    if (file->ask.ask.id == 0 && file->is_open)
        close_it(file);
    if (file->ask.ask.id == 0)
        json_phoenix_finish(file);
}

static void take_answer(struct json_phoenix *file, const struct phoenix_answer *answer)
{
    const struct phoenix_outcome outcome = {answer->status, answer->cause, answer->err};
    if (answer->status != VIA_OK && file->stage != JSON_PHOENIX_CLOSE &&
        file->stage != JSON_PHOENIX_SIZE) {
        fail(file, step_of(file), &outcome);
        return;
    }
    switch (file->stage) {
    case JSON_PHOENIX_CREATE:
        created(file, answer);
        break;
    case JSON_PHOENIX_OPEN:
        opened(file, answer->err);
        break;
    case JSON_PHOENIX_TRUNCATE: /* to a device it means nothing */
        if (!is_stopped(file))
            work(file);
        break;
    case JSON_PHOENIX_WORK:
        worked(file, answer);
        break;
    case JSON_PHOENIX_SIZE:
        sized(file, answer);
        break;
    case JSON_PHOENIX_PATH:
    case JSON_PHOENIX_CLOSE:
        break;
    }
}

void json_phoenix_answered(struct phoenix_ask *ask, const struct phoenix_answer *answer)
{
    struct json_phoenix *file =
        (struct json_phoenix *)((char *)ask - offsetof(struct json_phoenix, ask));
    take_answer(file, answer);
    settle(file);
}

/* ---- the path ---- */

/* What this cannot be done with, before its server is asked; 0: nothing is known against it. */
static int32_t judge(const struct json_phoenix *file)
{
    uint32_t format = file->path.mode & PHOENIX_S_IFMT;
    if (file->method == JSONRPC_LIST)
        return format != 0 && format != PHOENIX_S_IFDIR ? -ENOTDIR : 0;
    return format == PHOENIX_S_IFDIR && file->method != JSONRPC_STAT ? -EISDIR : 0;
}

static void begin(struct json_phoenix *file)
{
    const struct phoenix_path *path = &file->path;
    const struct phoenix_outcome stopped = {.status = VIA_CANCELLED};
    const struct phoenix_outcome unfit = {.err = judge(file)};
    bool is_told = path->outcome.status == VIA_OK;
    if (file->is_stopped)
        fail(file, path->step, &stopped);
    else if (is_told && path->outcome.err == -ENOENT && path->is_missing && file->creates)
        create(file);
    else if (!is_told || path->outcome.err < 0)
        fail(file, path->step, &path->outcome);
    else if (unfit.err < 0)
        fail(file, "mtGetAttr", &unfit);
    else if (file->method == JSONRPC_STAT)
        ask_attributes(file);
    else
        open_it(file);
}

void json_phoenix_found(struct phoenix_path *path)
{
    struct json_phoenix *file = (struct json_phoenix *)path;
    begin(file);
    settle(file);
}
