/*
 * What stands in the data of the broker's messages: the one table that reading, writing, JSON, and
 * whoever turns ports into references go by. Places and sizes are those of
 * include/portfolio/event.h; numbers are little-endian.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <viaduct/status.h>

#define PORTFOLIO_MASK_WORDS 8u

enum portfolio_type {
    PORTFOLIO_U8,
    PORTFOLIO_CHARS, /* text, with a NUL or up to its end */
    PORTFOLIO_U32,
    PORTFOLIO_I32,
    PORTFOLIO_PORT /* i32, the number of a port; 0: none */
};

struct portfolio_field {
    const char *name; /* in JSON; NULL: not shown there */
    uint16_t at;
    uint16_t n; /* how many of them, one behind the other */
    enum portfolio_type type;
};

struct portfolio_struct {
    const struct portfolio_field *fields;
    uint16_t n_fields;
    uint16_t size;
};

/* What data begin with. Whatever is behind, of a variable number, is not in it. */
extern const struct portfolio_struct portfolio_header;
extern const struct portfolio_struct portfolio_configuration_request;
extern const struct portfolio_struct portfolio_register_event;
extern const struct portfolio_struct portfolio_set_focus;
extern const struct portfolio_struct portfolio_pod_data;      /* PodDataHeader */
extern const struct portfolio_struct portfolio_listener_list; /* header and count */
extern const struct portfolio_struct portfolio_pod_list;      /* likewise */

/* Of these there are several, one behind the other. */
extern const struct portfolio_struct portfolio_listener;
extern const struct portfolio_struct portfolio_pod_description;
extern const struct portfolio_struct portfolio_event_frame; /* EventFrameHeader */

/* Data of events. */
extern const struct portfolio_struct portfolio_control_pad_data;
extern const struct portfolio_struct portfolio_mouse_data;
extern const struct portfolio_struct portfolio_gun_data;
extern const struct portfolio_struct portfolio_light_gun_data;
extern const struct portfolio_struct portfolio_character_data;
extern const struct portfolio_struct portfolio_keyboard_data;
extern const struct portfolio_struct portfolio_stick_data;
extern const struct portfolio_struct portfolio_ir_controller_data;
extern const struct portfolio_struct portfolio_device_state_data;
extern const struct portfolio_struct portfolio_filesystem_data;

/* Between octets of a payload and a structure of event.h: @structure->size octets each. */
void portfolio_read(const struct portfolio_struct *structure, const uint8_t *octets, void *native);
void portfolio_write(const struct portfolio_struct *structure, const void *native, uint8_t *octets);

/* Octets that data of @flavor have at least; 0: no data have this flavor. */
size_t portfolio_fixed_size(uint32_t flavor);

/* ---- lists ---- */

/* How many entries the list of @data has, a EB_GetListenersReply or EB_DescribePodsReply. false: it
 * is none of them, or its size is not that of so many. */
bool portfolio_list_count(const uint8_t *data, size_t size, uint32_t *countp);
/* Where entry @index of such a list stands in its data. */
size_t portfolio_list_at(uint32_t flavor, uint32_t index);

/* Names of listeners stand behind the data of an answer (struct portfolio_answer), in the order of
 * the list, each with a NUL, "" where there is none. Whether @size octets are @count of them. */
bool portfolio_list_names_are(const void *names, size_t size, uint32_t count);

/* ---- ports ---- */

/* Walks the numbers of ports in data: EB_SetFocus, EB_EventRecord, EB_GetListenersReply,
 * EB_DescribePodsReply. Of data that are not as they should be there are none. */
struct portfolio_ports {
    const uint8_t *data; /* borrowed */
    size_t size;
    size_t at, step; /* of the next */
    bool is_chain;
};
void portfolio_ports_start(struct portfolio_ports *ports, const uint8_t *data, size_t size);
/* Where in the data the next one stands, 0 or not. */
bool portfolio_ports_next(struct portfolio_ports *ports, size_t *atp);

/* Whether the result of an answer to @flavor is a port: where it is positive. */
bool portfolio_result_is_port(uint32_t flavor);
