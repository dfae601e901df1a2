/*
 * A resolved tree as text: as HCS, which hcs_load() reads back as the same tree, and as JSON.
 */
#pragma once

#include "codecs/buffer.h"
#include "codecs/hcs_tree.h"

/* @node with all below it: a file when it is root. Numbers as they were written. */
void hcs_write_node(struct buffer *out, const struct hcs_node *node);
/* An attribute's value alone; a reference as the path of its node. */
void hcs_write_value(struct buffer *out, const struct hcs_attr *attr);

/* Objects, numbers, strings, arrays; a reference is {"ref":"root.a.b"}. */
void hcs_write_node_json(struct buffer *out, const struct hcs_node *node);
void hcs_write_value_json(struct buffer *out, const struct hcs_attr *attr);
