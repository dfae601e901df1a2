/*
 * Frames to octets and back. Decoding makes no copy: the frame points into the octets. A header is
 * judged as soon as it is there, before the rest of its frame is waited for, so that a peer cannot
 * make us hold what would be refused anyway.
 *
 * Sections stand in the order lost count, META, references, descriptors, payload, tape. All sizes
 * but META's are in the header, so the header alone tells how much room META and tape share.
 */

#include "codecs/frame.h"

#include "codecs/octets.h"

/* Where the fields of the header stand. */
enum {
    AT_SIZE = FRAME_AT_SIZE,
    AT_KIND = FRAME_AT_KIND,
    AT_FLAGS = FRAME_AT_FLAGS,
    AT_LAYOUT = 6,
    AT_ID = FRAME_AT_ID,
    AT_OBJECT = FRAME_AT_OBJECT,
    AT_CODE = 16,
    AT_TIME = FRAME_AT_TIME,
    AT_BODY = 24,
    AT_REFS = 28,
    AT_FDS = 30,
    AT_RESERVED = 31
};

#define UNIT 8u /* every section is padded to it */
#define LOST_SIZE 8u
#define META_HEAD_SIZE 4u
#define META_SECTION_MIN 8u
#define REF_FLAGS (FRAME_REF_YOURS | FRAME_REF_REMOTE)
#define FD_DIRECTIONS 7u

/* What a kind may have. Whatever else is in a header is sent as zero and not looked at. */
struct rule {
    uint8_t flags; /* those allowed */
    bool body;     /* octets behind the header */
    bool values;   /* references, descriptors and a tape */
};

static const struct rule rules[] = {
    [FRAME_HELLO] = {0, true, false},
    [FRAME_WELCOME] = {0, true, false},
    [FRAME_CALL] = {FRAME_ONEWAY | FRAME_META, true, true},
    [FRAME_REPLY] = {FRAME_ONEWAY, true, true},
    [FRAME_CANCEL] = {0, false, false},
    [FRAME_EVENT] = {FRAME_GAP, true, true},
    [FRAME_DEATH] = {0, false, false},
    [FRAME_RELEASE] = {0, false, false},
    [FRAME_CHUNK] = {FRAME_LAST, true, false},
    [FRAME_DATA] = {FRAME_LAST, true, false},
    [FRAME_CREDIT] = {FRAME_LAST, false, false},
    [FRAME_ACK] = {FRAME_ECHO, false, false},
    [FRAME_BYE] = {0, true, false},
};
#define N_RULES (sizeof rules / sizeof *rules)

static uint64_t padded(uint64_t size)
{
    return (size + (UNIT - 1)) & ~(uint64_t)(UNIT - 1);
}

/* Each addend is below 2^33: no sum of 64 bits here can wrap. */
static uint64_t head_size(const struct frame *frame)
{
    uint64_t size = FRAME_HEADER_SIZE;
    if (frame->flags & FRAME_GAP)
        size += LOST_SIZE;
    if (frame->flags & FRAME_META)
        size += padded((uint64_t)META_HEAD_SIZE + frame->meta_size);
    return size + (uint64_t)frame->n_refs * FRAME_REF_SIZE + (uint64_t)frame->n_fds * FRAME_FD_SIZE;
}

size_t frame_size(const struct frame *frame)
{
    if (frame->n_refs > FRAME_REFS_MAX || frame->n_fds > FRAME_FDS_MAX)
        return SIZE_MAX;
    uint64_t size = head_size(frame) + padded(frame->body_size) + padded(frame->tape_size);
    return size <= UINT32_MAX ? (size_t)size : SIZE_MAX;
}

size_t frame_head_size(const struct frame *frame)
{
    return (size_t)head_size(frame);
}

static uint8_t *append_padded(uint8_t *out, const uint8_t *octets, size_t size)
{
    out = octets_append(out, octets, size);
    return octets_append_zeros(out, octets_padding(size, UNIT));
}

/* Returns the place behind the head. */
static uint8_t *append_head(const struct frame *frame, uint8_t *out)
{
    octets_put_u32(out + AT_SIZE, (uint32_t)frame_size(frame));
    out[AT_KIND] = frame->kind;
    out[AT_FLAGS] = frame->flags;
    octets_put_u16(out + AT_LAYOUT, frame->layout);
    octets_put_u32(out + AT_ID, frame->id);
    octets_put_u32(out + AT_OBJECT, frame->object);
    octets_put_u32(out + AT_CODE, frame->code);
    octets_put_u32(out + AT_TIME, frame->time);
    octets_put_u32(out + AT_BODY, frame->body_size);
    octets_put_u16(out + AT_REFS, frame->n_refs);
    out[AT_FDS] = frame->n_fds;
    out[AT_RESERVED] = 0;
    out += FRAME_HEADER_SIZE;

    if (frame->flags & FRAME_GAP) {
        octets_put_u64(out, frame->lost);
        out += LOST_SIZE;
    }
    if (frame->flags & FRAME_META) {
        octets_put_u32(out, frame->meta_size);
        out = octets_append(out + META_HEAD_SIZE, frame->meta, frame->meta_size);
        size_t section = (size_t)META_HEAD_SIZE + frame->meta_size;
        out = octets_append_zeros(out, octets_padding(section, UNIT));
    }
    out = octets_append(out, frame->refs, (size_t)frame->n_refs * FRAME_REF_SIZE);
    return octets_append(out, frame->fds, (size_t)frame->n_fds * FRAME_FD_SIZE);
}

void frame_encode_head(const struct frame *frame, uint8_t *out)
{
    (void)append_head(frame, out);
}

static uint8_t *append_body(const struct frame *frame, uint8_t *out)
{
    if (frame->tail == NULL)
        return append_padded(out, frame->body, frame->body_size);
    uint8_t *end = out + padded(frame->body_size);
    out = octets_append(out, frame->body, frame->tail_at);
    out = octets_append(out, frame->tail, frame->tail_size);
    return octets_append_zeros(out, (size_t)(end - out));
}

void frame_encode(const struct frame *frame, uint8_t *out)
{
    out = append_head(frame, out);
    out = append_body(frame, out);
    (void)append_padded(out, frame->tape, frame->tape_size);
}

void frame_encode_rest(const struct frame *frame, size_t at, size_t size, uint8_t *out)
{
    size_t body = frame->tail != NULL ? frame->tail_at : (size_t)padded(frame->body_size);
    const struct {
        const uint8_t *octets;
        size_t size;
        size_t whole; /* with the zeros behind them */
    } sections[] = {
        {frame->body, frame->tail != NULL ? frame->tail_at : frame->body_size, body},
        {frame->tail, frame->tail_size, (size_t)padded(frame->body_size) - body},
        {frame->tape, frame->tape_size, (size_t)padded(frame->tape_size)},
    };
    for (size_t i = 0; i < sizeof sections / sizeof *sections && size > 0; i++) {
        size_t whole = sections[i].whole;
        if (at >= whole) {
            at -= whole;
            continue;
        }
        size_t n = whole - at < size ? whole - at : size;
        size_t n_octets = 0;
        if (at < sections[i].size)
            n_octets = sections[i].size - at < n ? sections[i].size - at : n;
        out = octets_append(out, n_octets > 0 ? sections[i].octets + at : NULL, n_octets);
        out = octets_append_zeros(out, n - n_octets);
        size -= n;
        at = 0;
    }
}

/*
 * Judges a header. *sparep is how many octets, a multiple of 8, META beyond its least size and the
 * tape have between them.
 */
static enum via_status check_header(const uint8_t *header, size_t size_limit, uint32_t *sparep)
{
    uint32_t size = octets_get_u32(header + AT_SIZE);
    uint8_t kind = header[AT_KIND];
    uint8_t flags = header[AT_FLAGS];
    uint32_t n_refs = octets_get_u16(header + AT_REFS);
    uint32_t n_fds = header[AT_FDS];
    uint32_t body_size = octets_get_u32(header + AT_BODY);

    if (size < FRAME_HEADER_SIZE || size % UNIT != 0)
        return VIA_BAD_SIZE;
    if (kind < FRAME_HELLO || kind >= N_RULES)
        return VIA_BAD_KIND;
    const struct rule *rule = &rules[kind];
    if ((flags & ~rule->flags) != 0)
        return VIA_BAD_FLAGS;
    if (header[AT_RESERVED] != 0)
        return VIA_BAD_SIZE;
    if (size > size_limit)
        return VIA_TOO_LARGE;
    if (n_refs > FRAME_REFS_MAX || n_fds > FRAME_FDS_MAX)
        return VIA_BAD_REFERENCE;
    if (!rule->values && (n_refs | n_fds) != 0)
        return VIA_BAD_REFERENCE;
    if (!rule->body && body_size != 0)
        return VIA_BAD_SIZE;

    uint32_t room = size - FRAME_HEADER_SIZE;
    uint64_t least =
        padded(body_size) + (uint64_t)n_refs * FRAME_REF_SIZE + (uint64_t)n_fds * FRAME_FD_SIZE;
    if (flags & FRAME_GAP)
        least += LOST_SIZE;
    if (flags & FRAME_META)
        least += META_SECTION_MIN;
    if (least > room)
        return VIA_BAD_SIZE;
    *sparep = room - (uint32_t)least;
    return rule->values || *sparep == 0 ? VIA_OK : VIA_BAD_SIZE;
}

/* References and descriptors: inside the payload, ascending, nothing set that has no meaning. */
static bool are_refs_good(const uint8_t *refs, uint32_t n_refs, uint32_t body_size)
{
    uint32_t least = 0;
    for (uint32_t i = 0; i < n_refs; i++, refs += FRAME_REF_SIZE) {
        uint32_t offset = octets_get_u32(refs);
        if (offset < least || offset >= body_size)
            return false;
        if ((octets_get_u16(refs + 8) & ~REF_FLAGS) != 0 || octets_get_u32(refs + 12) != 0)
            return false;
        least = offset + 1; /* offset < body_size: cannot wrap */
    }
    return true;
}

static bool are_fds_good(const uint8_t *fds, uint32_t n_fds, uint32_t body_size)
{
    uint32_t least = 0;
    for (uint32_t i = 0; i < n_fds; i++, fds += FRAME_FD_SIZE) {
        uint32_t offset = octets_get_u32(fds);
        if (offset < least || offset >= body_size)
            return false;
        if (octets_get_u16(fds + 10) > FD_DIRECTIONS || octets_get_u32(fds + 12) != 0)
            return false;
        least = offset + 1;
    }
    return true;
}

/*
 * The sections of the head, whose header has been checked and left *sparep. All of @octets belong
 * to the frame; VIA_BAD_SIZE when the head is not among them. *headp is its size; *sparep is what
 * is left for the tape.
 */
static enum via_status decode_head(const uint8_t *octets, size_t size, uint32_t *sparep,
                                   struct frame *framep, size_t *headp)
{
    uint8_t flags = octets[AT_FLAGS];
    uint32_t body_size = octets_get_u32(octets + AT_BODY);
    uint16_t n_refs = octets_get_u16(octets + AT_REFS);
    uint8_t n_fds = octets[AT_FDS];
    size_t at = FRAME_HEADER_SIZE;

    uint64_t lost = 0;
    if (flags & FRAME_GAP) {
        if (size - at < LOST_SIZE)
            return VIA_BAD_SIZE;
        lost = octets_get_u64(octets + at);
        at += LOST_SIZE;
    }
    const uint8_t *meta = NULL;
    uint32_t meta_size = 0;
    if (flags & FRAME_META) {
        if (size - at < META_SECTION_MIN)
            return VIA_BAD_SIZE;
        meta_size = octets_get_u32(octets + at);
        if (meta_size > *sparep + (META_SECTION_MIN - META_HEAD_SIZE))
            return VIA_BAD_META;
        uint32_t section = (uint32_t)padded((uint64_t)META_HEAD_SIZE + meta_size);
        if (size - at < section)
            return VIA_BAD_SIZE;
        meta = octets + at + META_HEAD_SIZE;
        at += section;
        *sparep -= section - META_SECTION_MIN;
        if (octets_any(meta + meta_size, (size_t)(octets + at - (meta + meta_size))) != 0)
            return VIA_BAD_META;
    }
    size_t entries = (size_t)n_refs * FRAME_REF_SIZE + (size_t)n_fds * FRAME_FD_SIZE;
    if (size - at < entries)
        return VIA_BAD_SIZE;
    const uint8_t *refs = octets + at;
    const uint8_t *fds = refs + (size_t)n_refs * FRAME_REF_SIZE;
    if (!are_refs_good(refs, n_refs, body_size) || !are_fds_good(fds, n_fds, body_size))
        return VIA_BAD_REFERENCE;

    *framep = (struct frame){
        .kind = octets[AT_KIND],
        .flags = flags,
        .layout = octets_get_u16(octets + AT_LAYOUT),
        .id = octets_get_u32(octets + AT_ID),
        .object = octets_get_u32(octets + AT_OBJECT),
        .code = octets_get_u32(octets + AT_CODE),
        .time = octets_get_u32(octets + AT_TIME),
        .body_size = body_size,
        .n_refs = n_refs,
        .n_fds = n_fds,
        .lost = lost,
        .meta = meta,
        .meta_size = meta_size,
        .refs = refs,
        .fds = fds,
        .tape_size = *sparep,
    };
    *headp = at + entries;
    return VIA_OK;
}

enum via_status frame_decode_head(const uint8_t *octets, size_t size, struct frame *framep,
                                  size_t *usedp, size_t *sizep)
{
    if (size < FRAME_HEADER_SIZE)
        return VIA_BAD_SIZE;
    uint32_t spare = 0;
    enum via_status status = check_header(octets, UINT32_MAX, &spare);
    if (status != VIA_OK)
        return status;
    *sizep = octets_get_u32(octets + AT_SIZE);
    return decode_head(octets, size < *sizep ? size : *sizep, &spare, framep, usedp);
}

enum via_status frame_decode(const uint8_t *octets, size_t size, size_t size_limit,
                             struct frame *framep, size_t *usedp)
{
    *usedp = 0;
    if (size < FRAME_HEADER_SIZE)
        return VIA_OK;
    uint32_t spare = 0;
    enum via_status status = check_header(octets, size_limit, &spare);
    if (status != VIA_OK)
        return status;
    uint32_t total = octets_get_u32(octets + AT_SIZE);
    if (size < total)
        return VIA_OK;

    struct frame frame;
    size_t head;
    status = decode_head(octets, total, &spare, &frame, &head);
    if (status != VIA_OK)
        return status;
    frame.body = octets + head;
    if (octets_any(frame.body + frame.body_size, octets_padding(frame.body_size, UNIT)) != 0)
        return VIA_BAD_SIZE;
    frame.tape = octets + total - spare;
    *framep = frame;
    *usedp = total;
    return VIA_OK;
}

void frame_set_time(uint8_t *octets, uint32_t time)
{
    octets_put_u32(octets + AT_TIME, time);
}

void frame_ref_get(const uint8_t *refs, size_t index, struct frame_ref *refp)
{
    const uint8_t *at = refs + index * FRAME_REF_SIZE;
    refp->offset = octets_get_u32(at);
    refp->handle = octets_get_u32(at + 4);
    refp->flags = octets_get_u16(at + 8);
    refp->kind = octets_get_u16(at + 10);
}

void frame_ref_put(uint8_t *refs, size_t index, const struct frame_ref *ref)
{
    uint8_t *at = refs + index * FRAME_REF_SIZE;
    octets_put_u32(at, ref->offset);
    octets_put_u32(at + 4, ref->handle);
    octets_put_u16(at + 8, ref->flags);
    octets_put_u16(at + 10, ref->kind);
    octets_put_u32(at + 12, 0);
}

void frame_fd_get(const uint8_t *fds, size_t index, struct frame_fd *fdp)
{
    const uint8_t *at = fds + index * FRAME_FD_SIZE;
    fdp->offset = octets_get_u32(at);
    fdp->stream = octets_get_u32(at + 4);
    fdp->kind = octets_get_u16(at + 8);
    fdp->directions = octets_get_u16(at + 10);
}

void frame_fd_put(uint8_t *fds, size_t index, const struct frame_fd *fd)
{
    uint8_t *at = fds + index * FRAME_FD_SIZE;
    octets_put_u32(at, fd->offset);
    octets_put_u32(at + 4, fd->stream);
    octets_put_u16(at + 8, fd->kind);
    octets_put_u16(at + 10, fd->directions);
    octets_put_u32(at + 12, 0);
}
