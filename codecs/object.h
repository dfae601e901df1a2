/*
 * What a parcel needs to know of an object that it refers to: how to count it. The bridge's proxies
 * begin with this; the codecs never see more.
 */
#pragma once

struct object;

struct object_ops {
    void (*ref)(struct object *object);   /* any thread, never blocks */
    void (*unref)(struct object *object); /* any thread, never blocks; may destroy it */
};

struct object {
    const struct object_ops *ops;
};
