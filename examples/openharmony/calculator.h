/*
 * The calculator's interface, as its service and its clients agree on it.
 */
#pragma once

#define CALCULATOR_NAME "calculator"
#define CALCULATOR_TOKEN "viaduct.example.calculator"
#define CALCULATOR_CALLBACK_TOKEN "viaduct.example.calculator.callback"

/* Each begins with the token. */
enum calculator_code {
    CALCULATOR_ADD = 1,      /* i32 a, i32 b -> i32 sum */
    CALCULATOR_ADD_LATER = 2 /* i32 a, i32 b, callback; the sum comes through the callback */
};

/* Of the callback: i32 a, i32 b, i32 sum, asynchronously. */
enum calculator_callback_code { CALCULATOR_SUM = 1 };

/* What the calculator answers to numbers whose sum does not fit. */
#define CALCULATOR_OVERFLOW 1909001
