/*
 * cmocka's header wants these four before it, in an order that clang-format would not keep. With
 * this one found first, #include <cmocka.h> stands alone, anywhere in a test.
 */
#pragma once

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include_next <cmocka.h>
/* clang-format on */
