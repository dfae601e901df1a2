/*
 * Parcels: the payload of a call, a reply or an event. A growable buffer of octets, object
 * references, file descriptors, and a tape with one type tag for each typed write, so that a parcel
 * can be shown and read without a schema. A parcel belongs to one thread at a time; only its
 * reference count may be touched by several.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <viaduct/status.h>

#ifdef __cplusplus
extern "C" {
#endif

struct via_parcel;
struct via_proxy;

/** enum via_layout - how a parcel's octets are arranged; docs/PROTOCOL.md, "Layouts" */
enum via_layout {
    VIA_LAYOUT_RAW = 0,         /* packed little-endian values, or a plain structure without tape */
    VIA_LAYOUT_OPENHARMONY = 1, /* OpenHarmony IPC parcel */
    VIA_LAYOUT_SBUF = 2,        /* HDF sbuf */
    VIA_LAYOUT_LEGATO = 3,      /* Legato message */
    VIA_LAYOUT_PHOENIX = 4,     /* Phoenix-RTOS msg_t */
    VIA_LAYOUT_EVENT_BROKER = 5, /* event-broker message */
    VIA_LAYOUT_CONTROL = 0xff00  /* a verb of the core's own, in raw values */
};

/** enum via_tag - the type of one value on the tape */
enum via_tag {
    VIA_TAG_PAD = 0,
    VIA_TAG_I8 = 1,
    VIA_TAG_I16 = 2,
    VIA_TAG_I32 = 3,
    VIA_TAG_I64 = 4,
    VIA_TAG_U8 = 5,
    VIA_TAG_U16 = 6,
    VIA_TAG_U32 = 7,
    VIA_TAG_U64 = 8,
    VIA_TAG_F32 = 9,
    VIA_TAG_F64 = 10,
    VIA_TAG_BOOL = 11,
    VIA_TAG_STR = 12,
    VIA_TAG_STR16 = 13,
    VIA_TAG_BYTES = 14,
    VIA_TAG_REF = 15,
    VIA_TAG_FD = 16,
    VIA_TAG_TOKEN = 17
};

/* Limits. A gateway's config key `max_frame_size`, 16 MiB and 4,096 octets at first, is the one
 * that others meet. */
#define VIA_PARCEL_SIZE_MAX (64u << 20)
#define VIA_PARCEL_REFS_MAX 1024u
#define VIA_PARCEL_FDS_MAX 250u

/* ---- life ---- */

/**
 * via_parcel_create() - an empty parcel with raw layout
 * @parcelp: set on VIA_OK; owned by the caller, via_parcel_unref() it
 *
 * Parcels up to 256 octets take one allocation, often none: they are pooled.
 *
 * Return: VIA_OK or VIA_NO_MEMORY.
 * Thread: any.
 */
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_create(struct via_parcel **parcelp);

/** via_parcel_ref() - one more owner; returns @parcel. Thread: any. */
VIA_PUBLIC struct via_parcel *via_parcel_ref(struct via_parcel *parcel);

/**
 * via_parcel_unref() - one owner less; the last one releases its references and closes its
 * descriptors. NULL is allowed. Returns NULL. Thread: any.
 */
VIA_PUBLIC struct via_parcel *via_parcel_unref(struct via_parcel *parcel);

/** via_parcel_clear() - as new, but for its layout and its memory. */
VIA_PUBLIC void via_parcel_clear(struct via_parcel *parcel);

/* ---- typed values, raw layout ----
 *
 * Numbers are packed little-endian in their own size, bool is one octet 0 or 1. A string is its
 * length in octets as u32, the octets and a NUL; NULL is the length 0xffffffff alone. Bytes are
 * their length as u32 and the octets. A str16 is its length in units as u32 and the units. A token
 * is a u64. A reference or descriptor is a slot of four octets, zero, or 0xffffffff for none; what
 * it names is in the parcel's list, by the slot's place.
 *
 * Writing returns VIA_OK, VIA_NO_MEMORY, VIA_TOO_LARGE (the parcel stays as it was), or VIA_INVALID
 * for a parcel of another layout; where a descriptor is duplicated also VIA_BUSY (too many are
 * open). Reading moves the read cursor on VIA_OK only; otherwise VIA_END (not enough octets),
 * VIA_BAD_TYPE (a tape is there and names another type) or VIA_BAD_PAYLOAD. What reading returns by
 * pointer points into the parcel and lives until it changes or goes.
 */
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_write_i8(struct via_parcel *parcel,
                                                            int8_t value);
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_write_i16(struct via_parcel *parcel,
                                                             int16_t value);
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_write_i32(struct via_parcel *parcel,
                                                             int32_t value);
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_write_i64(struct via_parcel *parcel,
                                                             int64_t value);
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_write_u8(struct via_parcel *parcel,
                                                            uint8_t value);
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_write_u16(struct via_parcel *parcel,
                                                             uint16_t value);
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_write_u32(struct via_parcel *parcel,
                                                             uint32_t value);
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_write_u64(struct via_parcel *parcel,
                                                             uint64_t value);
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_write_f32(struct via_parcel *parcel,
                                                             float value);
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_write_f64(struct via_parcel *parcel,
                                                             double value);
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_write_bool(struct via_parcel *parcel,
                                                              bool value);
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_write_token(struct via_parcel *parcel,
                                                               uint64_t value);
/* @value: NUL-terminated, or NULL for a null string; copied */
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_write_str(struct via_parcel *parcel,
                                                             const char *value);
VIA_PUBLIC VIA_MUST_USE enum via_status
via_parcel_write_str16(struct via_parcel *parcel, const uint16_t *units, size_t n_units);
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_write_bytes(struct via_parcel *parcel,
                                                               const void *octets, size_t size);
/* @proxy: counted; the parcel keeps it alive. NULL: no object */
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_write_ref(struct via_parcel *parcel,
                                                             struct via_proxy *proxy);
/* @fd: duplicated (close-on-exec); the caller keeps its own. VIA_INVALID if it is not open */
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_write_fd(struct via_parcel *parcel, int fd);

VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_read_i8(struct via_parcel *parcel,
                                                           int8_t *valuep);
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_read_i16(struct via_parcel *parcel,
                                                            int16_t *valuep);
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_read_i32(struct via_parcel *parcel,
                                                            int32_t *valuep);
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_read_i64(struct via_parcel *parcel,
                                                            int64_t *valuep);
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_read_u8(struct via_parcel *parcel,
                                                           uint8_t *valuep);
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_read_u16(struct via_parcel *parcel,
                                                            uint16_t *valuep);
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_read_u32(struct via_parcel *parcel,
                                                            uint32_t *valuep);
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_read_u64(struct via_parcel *parcel,
                                                            uint64_t *valuep);
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_read_f32(struct via_parcel *parcel,
                                                            float *valuep);
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_read_f64(struct via_parcel *parcel,
                                                            double *valuep);
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_read_bool(struct via_parcel *parcel,
                                                             bool *valuep);
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_read_token(struct via_parcel *parcel,
                                                              uint64_t *valuep);
/* *valuep may be NULL on VIA_OK: a null string. An inner NUL is VIA_BAD_PAYLOAD here. */
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_read_str(struct via_parcel *parcel,
                                                            const char **valuep);
/* The units may stand at an odd address: copy them out. */
VIA_PUBLIC VIA_MUST_USE enum via_status
via_parcel_read_str16(struct via_parcel *parcel, const void **unitsp, size_t *n_unitsp);
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_read_bytes(struct via_parcel *parcel,
                                                              const void **octetsp, size_t *sizep);
/* *proxyp is a new count, via_proxy_unref() it; NULL on VIA_OK: no object, or one that is gone */
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_read_ref(struct via_parcel *parcel,
                                                            struct via_proxy **proxyp);
/* *fdp is a duplicate, owned by the caller; -1 on VIA_OK: the descriptor did not come along */
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_read_fd(struct via_parcel *parcel, int *fdp);

/* ---- octets, for families and for plain structures ---- */

/** via_parcel_layout() / via_parcel_set_layout() - of a parcel; set it while the parcel is empty */
VIA_PUBLIC enum via_layout via_parcel_layout(const struct via_parcel *parcel);
VIA_PUBLIC void via_parcel_set_layout(struct via_parcel *parcel, enum via_layout layout);

/** via_parcel_data() / via_parcel_size() - its octets; the pointer is good until the next write */
VIA_PUBLIC uint8_t *via_parcel_data(struct via_parcel *parcel);
VIA_PUBLIC size_t via_parcel_size(const struct via_parcel *parcel);

/** via_parcel_tell() / via_parcel_seek() - the read cursor; seek beyond the size is VIA_END */
VIA_PUBLIC size_t via_parcel_tell(const struct via_parcel *parcel);
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_seek(struct via_parcel *parcel, size_t position);

/** via_parcel_reserve() - makes room, so that writes of octets up to @size in all cannot fail
 * for memory */
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_reserve(struct via_parcel *parcel, size_t size);

/**
 * via_parcel_append() - adds @size octets at the end
 * @parcel: to whom
 * @octets: copied; NULL for zeros
 * @size:   octets
 * @tag:    one tag for the tape, or VIA_TAG_PAD: a write that no tag describes, which drops the
 * tape
 * @placep: where the octets now stand, unless NULL; good until the next write
 *
 * For VIA_TAG_BYTES, VIA_TAG_STR and VIA_TAG_STR16 use via_parcel_append_sized(), which also puts
 * the length of the value itself (without a layout's padding or prefix) where the tape needs it.
 *
 * Return: VIA_OK, VIA_NO_MEMORY, or VIA_TOO_LARGE; the parcel is unchanged unless VIA_OK.
 */
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_append(struct via_parcel *parcel,
                                                          const void *octets, size_t size,
                                                          enum via_tag tag, uint8_t **placep);
/* As via_parcel_append(); @value_size goes to the tape for VIA_TAG_BYTES, @padded_size octets are
 * added, those past @value_size are zero. */
VIA_PUBLIC VIA_MUST_USE enum via_status
via_parcel_append_sized(struct via_parcel *parcel, const void *octets, size_t value_size,
                        size_t padded_size, enum via_tag tag);

/**
 * via_parcel_extend() - adds @size octets at the end, for the caller to fill in before all else
 * @parcel:     to whom
 * @size:       octets
 * @tag:        one tag for the tape, or VIA_TAG_PAD: what no tag describes, which drops the tape
 * @value_size: for VIA_TAG_BYTES the length of the value itself; others: 0
 * @placep:     where the octets stand, good until the next write
 *
 * They hold what the memory held: where via_parcel_reserve() had made room and the caller wrote
 * into it, that; elsewhere anything, so fill in every one.
 *
 * Return: VIA_OK, VIA_NO_MEMORY, VIA_TOO_LARGE, or VIA_INVALID for what is no tag; the parcel is
 * unchanged unless VIA_OK.
 */
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_extend(struct via_parcel *parcel, size_t size,
                                                          enum via_tag tag, size_t value_size,
                                                          uint8_t **placep);

/** via_parcel_truncate() - to @size octets, VIA_INVALID if it has fewer; references and
 * descriptors not wholly below it are dropped, the read cursor stays.
 * @slot_size: octets a reference's slot takes in this layout. The tape is cut to what is left if it
 * can be, else dropped. */
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_truncate(struct via_parcel *parcel, size_t size,
                                                            size_t slot_size);

/** via_parcel_has_tape() / via_parcel_drop_tape() - whether tags describe all of it; forget them */
VIA_PUBLIC bool via_parcel_has_tape(const struct via_parcel *parcel);
VIA_PUBLIC void via_parcel_drop_tape(struct via_parcel *parcel);

/* ---- references and descriptors by their place, for families ---- */

/** via_parcel_add_ref() - a reference whose slot starts at @offset; counted. @kind is the family's
 * own. */
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_add_ref(struct via_parcel *parcel, size_t offset,
                                                           struct via_proxy *proxy, uint16_t kind);
/** via_parcel_ref_at() - the reference whose slot starts exactly at @offset, borrowed, or NULL */
VIA_PUBLIC struct via_proxy *via_parcel_ref_at(const struct via_parcel *parcel, size_t offset,
                                               uint16_t *kindp);
/** via_parcel_n_refs() / via_parcel_ref_offset() - how many, and where the @index-th stands
 * (ascending) */
VIA_PUBLIC size_t via_parcel_n_refs(const struct via_parcel *parcel);
VIA_PUBLIC size_t via_parcel_ref_offset(const struct via_parcel *parcel, size_t index);

/** via_parcel_add_fd() - a descriptor whose slot starts at @offset; takes @fd on VIA_OK only */
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_add_fd(struct via_parcel *parcel, size_t offset,
                                                          int fd);
/** via_parcel_fd_at() - the descriptor whose slot starts at @offset, borrowed, or -1 */
VIA_PUBLIC int via_parcel_fd_at(const struct via_parcel *parcel, size_t offset);
/** via_parcel_n_fds() / via_parcel_fd_offset() - how many, and where the @index-th stands
 * (ascending) */
VIA_PUBLIC size_t via_parcel_n_fds(const struct via_parcel *parcel);
VIA_PUBLIC size_t via_parcel_fd_offset(const struct via_parcel *parcel, size_t index);

/**
 * via_parcel_append_parcel() - all of @from at the end of @parcel: octets, tape, references
 * (counted) and descriptors (duplicated), their places moved along; @from is unchanged, and may be
 * @parcel itself.
 */
VIA_PUBLIC VIA_MUST_USE enum via_status via_parcel_append_parcel(struct via_parcel *parcel,
                                                                 const struct via_parcel *from);

#ifdef __cplusplus
}
#endif
