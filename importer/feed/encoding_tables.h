/* Code points of the bytes 0x80 to 0xFF of the single-byte encodings; 0 = undefined. */
#pragma once

#include <stdint.h>

#define ENCODING_HIGH_BYTES 128

extern const uint16_t encoding_windows_1250[ENCODING_HIGH_BYTES];
extern const uint16_t encoding_windows_1251[ENCODING_HIGH_BYTES];
extern const uint16_t encoding_windows_1252[ENCODING_HIGH_BYTES];
extern const uint16_t encoding_windows_1253[ENCODING_HIGH_BYTES];
extern const uint16_t encoding_windows_1254[ENCODING_HIGH_BYTES];
extern const uint16_t encoding_windows_1255[ENCODING_HIGH_BYTES];
extern const uint16_t encoding_windows_1256[ENCODING_HIGH_BYTES];
extern const uint16_t encoding_windows_1257[ENCODING_HIGH_BYTES];
extern const uint16_t encoding_windows_1258[ENCODING_HIGH_BYTES];
extern const uint16_t encoding_iso_8859_1[ENCODING_HIGH_BYTES];
extern const uint16_t encoding_iso_8859_2[ENCODING_HIGH_BYTES];
extern const uint16_t encoding_iso_8859_3[ENCODING_HIGH_BYTES];
extern const uint16_t encoding_iso_8859_4[ENCODING_HIGH_BYTES];
extern const uint16_t encoding_iso_8859_5[ENCODING_HIGH_BYTES];
extern const uint16_t encoding_iso_8859_6[ENCODING_HIGH_BYTES];
extern const uint16_t encoding_iso_8859_7[ENCODING_HIGH_BYTES];
extern const uint16_t encoding_iso_8859_8[ENCODING_HIGH_BYTES];
extern const uint16_t encoding_iso_8859_9[ENCODING_HIGH_BYTES];
extern const uint16_t encoding_iso_8859_10[ENCODING_HIGH_BYTES];
extern const uint16_t encoding_iso_8859_11[ENCODING_HIGH_BYTES];
extern const uint16_t encoding_iso_8859_13[ENCODING_HIGH_BYTES];
extern const uint16_t encoding_iso_8859_14[ENCODING_HIGH_BYTES];
extern const uint16_t encoding_iso_8859_15[ENCODING_HIGH_BYTES];
extern const uint16_t encoding_iso_8859_16[ENCODING_HIGH_BYTES];
extern const uint16_t encoding_koi8_r[ENCODING_HIGH_BYTES];
extern const uint16_t encoding_koi8_u[ENCODING_HIGH_BYTES];
extern const uint16_t encoding_ibm866[ENCODING_HIGH_BYTES];
extern const uint16_t encoding_us_ascii[ENCODING_HIGH_BYTES];
