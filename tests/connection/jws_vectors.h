/*
 * Tokens of others: RFC 7515 (appendix A), RFC 7520 (4.1 and 4.3), and facts of project Wycheproof (C2SP/wycheproof,
 * testvectors_v1/json_web_signature_test.json, Apache License 2.0). `number` is Wycheproof's tcId.
 */
#pragma once

#include <stdbool.h>

static const char rfc7515_a2_key[] = "-----BEGIN PUBLIC KEY-----\n"
				     "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAofgWCuLjybRlzo0tZWJj\n"
				     "NiuSfb4p4fAkd/wWJcyQoTbji9k0l8W26mPddxHmfHQp+Vaw+4qPCJrcS2mJPMEz\n"
				     "P1Pt0Bm4d4QlL+yRT+SFd2lZS+pCgNMsD1W/YpRPEwOWvG6b32690r2jZ47soMZo\n"
				     "9wGzjb/7OMg0LOL+bSf63kpaSHSXndS5z5rexMdbBYUsLA9e+KXBdQOS+UTo7WTB\n"
				     "EMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6/I5IhlJH7aGhyxX\n"
				     "FvUK+DWNmoudF8NAco9/h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXp\n"
				     "oQIDAQAB\n"
				     "-----END PUBLIC KEY-----\n";

static const char rfc7515_a3_key[] = "-----BEGIN PUBLIC KEY-----\n"
				     "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7\n"
				     "6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==\n"
				     "-----END PUBLIC KEY-----\n";

static const char rfc7515_a4_key[] = "-----BEGIN PUBLIC KEY-----\n"
				     "MIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQB6SkFDxJPxrxVx9U5M2Xfne9KsMIs\n"
				     "sleY+TTrBOPGuuNwGlenkQ6dgb82MVno68sVXWNJ9L22zPipTFxZx6rBAaQANKZE\n"
				     "DjdnUNI3H9G9wsjztx0vTuXqNDLIFcyjFWD+XZOH7HdLVYOGMOXLv1qMvgqR3QBk\n"
				     "xpmaH25uZ/rd7eTIyPY=\n"
				     "-----END PUBLIC KEY-----\n";

static const char rfc7520_4_1_key[] = "-----BEGIN PUBLIC KEY-----\n"
				      "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAn4EPtAOCc9AlkeQHPzHS\n"
				      "tgAbgs7bTZLwUBZdR8/KuKPEHLd4rHVTeT+O+XV2jRojdNhxJWTDvNd7nqQ0VEiZ\n"
				      "QHz/AJmSCpMaJMRBSFKrKb2wqVwGU/NsYOYL+QtiWN2lbzcEe6XC0dApr5ydQLrH\n"
				      "qkHHig3RBordaZ6Aj+oBHqFEHYpPe7Tpe+OfVfHd1E6cS6M1FZcD1NNLYD5lFHpP\n"
				      "I9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3+tVTU4fg/3L/vniUFAKw\n"
				      "uCLqKnS2BYwdq/mzSnbLY7h/qixoR7jig3//kRhuaxwUkRz5iaiQkqgc5gHdrNP5\n"
				      "zwIDAQAB\n"
				      "-----END PUBLIC KEY-----\n";

static const char rfc7520_4_3_key[] = "-----BEGIN PUBLIC KEY-----\n"
				      "MIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQAcpkss6wI7PPlxj3t7A1RqMH3nvL4\n"
				      "L5Tzxze/XeeYZnHqxiX+gle70DlGRMqqOq+PJ6RYX7vK0PJFdiAIXlyPQq0B3KaU\n"
				      "e86IvFeQSFrJdCc0K8NfiH2G1loIk3fiR+YLqlXk6FAeKtpXJKxR1pCQCAM+vBCs\n"
				      "mZudf1zCUZ8/4eodlHU=\n"
				      "-----END PUBLIC KEY-----\n";

static const char wycheproof_es256_key[] = "-----BEGIN PUBLIC KEY-----\n"
					   "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE04N0xi21hshyvBp7I167sbE/bXqy\n"
					   "qkAPfefdklMO7wZQjx7HL4LTprsNSeMh0Q2TF4W0czj6X/jUuoTD2dWCbA==\n"
					   "-----END PUBLIC KEY-----\n";

static const char wycheproof_rs256_key[] = "-----BEGIN PUBLIC KEY-----\n"
					   "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAkqGboBfAWttWPCA+0cGR\n"
					   "gsY6SaYoIARt0B/PkaEcIq9HPYNdu9n6UuWHuuTHrjF/ZoQW97r5HaAorNvrMEGT\n"
					   "GdxCHZdEtkHvNVVmrtxTBLiQCbCozXhFoIrVcr3qUBrdGnNn/M3jJi7Wg7p/+x62\n"
					   "nS5gNG875oyheRkutHsQXikFZwsN3q/TsPNOVlCiHy8mxzaFTUQGm+X8UYexFyAi\n"
					   "vlDSjgDJLAZSWfxd7k9Gxuwa3AUfQqQcVcegmgKGCaErQ3qQbh1x7WB6iopE3/+G\n"
					   "Z8HMAVtR9AmrVscqYsnjhaCehfAI0iKKs8zXr8tISc0ORbaalrkk03H1ZrsEnDKE\n"
					   "WQIDAQAB\n"
					   "-----END PUBLIC KEY-----\n";

static const char rfc7515_a2_token[] =
	"eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC"
	"4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQ"
	"jbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEs"
	"qtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

static const char rfc7515_a3_token[] =
	"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.Dt"
	"EhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

static const char rfc7515_a4_token[] =
	"eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7X"
	"dtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn";

static const char rfc7520_4_1_token[] =
	"eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9.SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kb"
	"ywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJl"
	"zIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4.MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtai"
	"noFmKZopdHM1O2U4mwzJdQx996ivp83xuglII7PNDi84wnB-BDkoBwA78185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCT"
	"JDt5aAE6x8wW1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQdLuW3IS_de3xyIrDaLGdjluPxUAhb6L2aXic1U12podGU0KLUQSE_oI-ZnmKJ3F4uOZDn"
	"d6QZWJushZ41Axf_fcIe8u9ipH84ogoree7vjbU5y18kDquDg";

static const char rfc7520_4_3_token[] =
	"eyJhbGciOiJFUzUxMiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9.SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kb"
	"ywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJl"
	"zIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4.AE_R_YZCChjn4791jSQCrdPZCNYqHXCTZH0-JZGYNlaAjP2kqaluUIIUn"
	"C9qvbu9Plon7KRTzoNEuT4Va2cmL1eJAQy3mtPBu_u_sDDyYjnAMDxXPn7XrT0lw-kvAD890jl8e2puQens_IEKBpHABlsbEPX6sFY8OcGDqoRuBomu9xQ"
	"2";

/* Wycheproof's header {"alg":"ES256","kid":"kid-ec-sign"} and {"alg":"RS256","kid":"kid-rsa-sign"}, and the good signatures of "foo". */
#define ES256_HEAD "eyJhbGciOiJFUzI1NiIsImtpZCI6ImtpZC1lYy1zaWduIn0"
#define ES256_END "cA0OHyMP7ezamUd5c9kV-FrGxdx4hbGXOdplQkutrqWrte5P-pAvsE3Ve6xSyU3YDQwUHjVVOtvcrEbbnZ8yA"
#define RS256_HEAD "eyJhbGciOiJSUzI1NiIsImtpZCI6ImtpZC1yc2Etc2lnbiJ9"
#define RS256_END                                                                                                          \
	"UwxI1-cZrZgcuOgBQ7G7NE-GrqK79l6GV1KT4DKXnSMFwC8pfZCzE7pmLE7mYpLCIvzC87yuOjuhT0uW5oe6aaAEtR978cm-q8dfly45flqMrd_i" \
	"fhi9GCsMlyi8dpQ42Ou1etZljFZuWjfyk8CN1c5DaHRwhqjScAPIFp6xmzKIRUJ_xdQfUSfSlujLaixtScU518EoNP4oo1v7E8RAz6ZO4g2N4Xqs" \
	"8OvSxYydcoTEg42QnLHe9JnXgI37Q5gSwinwaPsG3Ry56UYiLoL8mCUa74S51y02VsIgVmmGWgaXjM-i_lCiKQDBiBnvWlka4XhVuvd6ZWibM9cb" \
	"CPtPg"

struct wycheproof_token {
	int number;
	const char *key;
	const char *algorithm;
	const char *comment;
	const char *token;
	bool is_valid;
};

static const struct wycheproof_token wycheproof_tokens[] = {
	{18, wycheproof_es256_key, "ES256", "acceptsValid", ES256_HEAD ".Zm9v.5" ES256_END, true},
	{19, wycheproof_es256_key, "ES256", "rejectsModifiedSignature", ES256_HEAD ".Zm9v.X" ES256_END, false},
	{20, wycheproof_es256_key, "ES256", "rejectsMissingSignature", ES256_HEAD ".Zm9v.", false},
	{21, wycheproof_es256_key, "ES256", "rejectsMissingSignatureAndSeparator", ES256_HEAD ".Zm9v", false},
	{22, wycheproof_es256_key, "ES256", "rejectsModifiedPayload", ES256_HEAD ".WG9v.5" ES256_END, false},
	{23, wycheproof_es256_key, "ES256", "rejectsMissingPayload", ES256_HEAD "..5" ES256_END, false},
	{24, wycheproof_es256_key, "ES256", "rejectsMissingPayloadAndSeparator", ES256_HEAD ".5" ES256_END, false},
	{25, wycheproof_es256_key, "ES256", "rejectsModifiedHeader",
         "eyJhbGciOiJFUzI1NiIsImtpZCI6IlhpZC1lYy1zaWduIn0.Zm9v.5" ES256_END, false},
	{26, wycheproof_es256_key, "ES256", "rejectsMissingHeader", ".Zm9v.5" ES256_END, false},
	{27, wycheproof_es256_key, "ES256", "rejectsMissingHeaderAndSeparator", "Zm9v.5" ES256_END, false},
	{28, wycheproof_es256_key, "ES256", "rejectsMissingHeaderAndSignature", ".Zm9v.", false},
	{29, wycheproof_es256_key, "ES256", "rejectsMissingHeaderSignatureAndSeparators", "Zm9v", false},
	{30, wycheproof_es256_key, "ES256", "rejectsEmptyString", "", false},
	{31, wycheproof_es256_key, "ES256", "rejectsSymmetryConfusionAttacks_aesKeyFromEcVerificationKeyBytes",
         "eyJhbGciOiJIUzI1NiIsImtpZCI6ImtpZC1lYy1zaWduIn0.Zm9v.TgWtz2FIRukBQ_mA5sgHa0Ybtgn7bl-YBPAi7Z0XdHU", false},
	{32, wycheproof_es256_key, "ES256", "rejectsAttackerProvidedEmbeddedJwk",
         "eyJhbGciOiJFUzI1NiIsImtpZCI6ImtpZC1lYy1zaWduIiwiandrIjp7Imt0eSI6IkVDIiwia2lkIjoia2lkLWVjLXNpZ24iLCJ1c2UiOiJzaW"
         "ciLCJhbGciOiJFUzI1NiIsIngiOiJNZG5UWkRJaERKYmZBU2RGcWFtY3BPMkNoOUdOS0sybTBNUWxoNDAyU3BvIiwieSI6Ijdhdko0bHFfV3l4"
         "LW5MUERCUTJZcHl0dUh5TWlvMDdCVXl2bDNqYUMtMVkiLCJjcnYiOiJQLTI1NiJ9fQ.Zm9v.4jmsollQD8ZxvySzXYnIEYA4fwaZi2ZbC0aI1J"
         "4LYmW2Bn31NhKdjms2N6o51Dff5-InWXQF9m45VtTexl6yjg",
         false},
	{33, wycheproof_rs256_key, "RS256", "acceptsValid", RS256_HEAD ".Zm9v.H" RS256_END, true},
	{34, wycheproof_rs256_key, "RS256", "rejectsModifiedSignature", RS256_HEAD ".Zm9v.X" RS256_END, false},
	{35, wycheproof_rs256_key, "RS256", "rejectsMissingSignature", RS256_HEAD ".Zm9v.", false},
	{36, wycheproof_rs256_key, "RS256", "rejectsMissingSignatureAndSeparator", RS256_HEAD ".Zm9v", false},
	{37, wycheproof_rs256_key, "RS256", "rejectsModifiedPayload", RS256_HEAD ".WG9v.H" RS256_END, false},
	{38, wycheproof_rs256_key, "RS256", "rejectsMissingPayload", RS256_HEAD "..H" RS256_END, false},
	{39, wycheproof_rs256_key, "RS256", "rejectsMissingPayloadAndSeparator", RS256_HEAD ".H" RS256_END, false},
	{40, wycheproof_rs256_key, "RS256", "rejectsModifiedHeader",
         "eyJhbGciOiJSUzI1NiIsImtpZCI6IlhpZC1yc2Etc2lnbiJ9.Zm9v.H" RS256_END, false},
	{41, wycheproof_rs256_key, "RS256", "rejectsMissingHeader", ".Zm9v.H" RS256_END, false},
	{42, wycheproof_rs256_key, "RS256", "rejectsMissingHeaderAndSeparator", "Zm9v.H" RS256_END, false},
	{43, wycheproof_rs256_key, "RS256", "rejectsMissingHeaderAndSignature", ".Zm9v.", false},
	{44, wycheproof_rs256_key, "RS256", "rejectsMissingHeaderSignatureAndSeparators", "Zm9v", false},
	{45, wycheproof_rs256_key, "RS256", "rejectsEmptyString", "", false},
	{46, wycheproof_rs256_key, "RS256", "lengthOfSequenceUsesLongFormEncoding",
         RS256_HEAD ".Zm9v."
                    "KudI1-Bo-NhWAmNYu-aEGQA3ciNp-gKgGJETRino-l25uRh9peU1GWjmFfnda0SSZK8msCFMQ-ibIZxkwC1CUjxBRNwG1LqVtBa2mHtedT3lxK"
                    "aS0nAQAzhsg0XWAEUjgnH1qtsYXknGzh-Vi_uVsu2yfPy6YhH9_8Ian984VRMzitHDzeNVcm1jc4vcB6iFicSl4cXWSijLxJSlVkDqMi8Neb3Z"
                    "w-NQI3mQIt_3Eq51MncS-1vLBr0_qdAFREXVduyb-gRzgGSrE2pMxEO4Bbp5fvYnjaKsSdtNVvzayKwBDO418mfGzRbQyzpR2EeAFGIAkVRb_M"
                    "fh7Uil8nhBeg",
         false},
	{59, wycheproof_rs256_key, "RS256", "removingSequence",
         RS256_HEAD ".Zm9v."
                    "F7S3oL6racMAA7D3H1UrEo1Ecr8YRxkUQs32K4IFWoAQPU8Tg0_6j23zOJncfho_BYfvC5UKejYFcYC6JIv3rPomgWuToiSvTpOk9HAuHmV5EM"
                    "hsOZfLdsH0qVcuZSjLXR_w7m_Ljo8MQ9gwZerD3FBDxi6js7wuckcqEz_thjtatHia9bR4VvQ4SymBTnvW_ZudQwD_6afcqu72P223hJc7gTXP"
                    "H9dgmm8E7Iz1R0_s5p54_3DWnbzw9DPB-zeRJI9M0oYpJl2BVawpYPTGYqez2HLKRCigbvzz-Q8SEKoheksRGue-ZSQsZlAWw0abqhqulnVZyM"
                    "juluD2AU4r9g",
         false},
	{64, wycheproof_rs256_key, "RS256", "appendingNullValueToSequence",
         RS256_HEAD ".Zm9v."
                    "DXI8YCdiic891lC1M5wXkdRNipUFaUxGxiZ6sIcKyoEb2v4UWCr72TR5tJeMSVr1hTO63pCN59OJsscP3tz1KALFHH2x5m9axNdluFcQHKowwe"
                    "Z7XOjxp5k2t9L-Z0h4FhbGUvUTH6kUu76LCKv10bR9ukXljkG1XF10q78d48KsRf62NdxlaFAfq5CdHJajlJEpYehIDmoOvtpeHWj3ES6_eyKH"
                    "wYnJxbXPYUl5VRWMx2UwLioD_z_eX8MJ9jXgFBXURqnBm8ZUiVW45T2ESz8fZduGa2cuQ5JSBm-uP9ihj0zf7k31jm8bOxZ_i-feziZM0kArl8"
                    "dRvihD0p1uiQ",
         false},
	{67, wycheproof_rs256_key, "RS256", "appendingGarbageToSequence",
         RS256_HEAD ".Zm9v."
                    "g0Goh_8s8jz8rKG5i3uMNLLtrYG4YMbjyLQ-D8lwtLPlQ60_47-QcCiEO3-WTqqe99HfzRPuq3SI6kZiZMR2Yh3W07pKcI6ZYTdM2rEby-t_1v"
                    "SBEafGKT7LbuJ9EdcIDWIe4ikleVsVYoBTGNDtPnIJAtCVMG2I82sIZaOmQBVmlmyz_CwAZyZ7ER4CyV0EsYom3jcUT716BQYPWHyvljAG211J"
                    "0MgjyGONxiGijUCxJ3B09rPpg_alZ56VI3luJHsH89VfZc0ufX2mmr8muamI9WIa1OHJCP0XUPK1OtPDqkt1V2tY7vReaa2nYfT9oQ-MCIsOBC"
                    "A8qDpicDU6fw",
         false},
	{378, wycheproof_es256_key, "ES256", "valid",
         ES256_HEAD ".Zm9v."
                    "5cA0OHyMP7ezamUd5c9kV-FrGxdx4hbGXOdplQkutrppUShFwBW_Qj7IqhFOtNrIXLLKXS5CSZmERxmnjeyoiQ",
         true},
	{379, wycheproof_es256_key, "ES256", "SignatureTooLong",
         ES256_HEAD ".Zm9v."
                    "AOXANDh8jD-3s2plHeXPZFfhaxsXceIWxlznaZUJLra6AJau17k_6kC-wTdV7rFLJTdgNDBQeNVU629ysRtudnzI",
         false},
	{380, wycheproof_es256_key, "ES256", "TrailingZeros",
         ES256_HEAD ".Zm9v."
                    "5cA0OHyMP7ezamUd5c9kV-FrGxdx4hbGXOdplQkutroAlq7XuT_qQL7BN1XusUslN2A0MFB41VTrb3KxG252fMgA",
         false},
	{381, wycheproof_es256_key, "ES256", "RisTooBig",
         ES256_HEAD ".Zm9v."
                    "AeXANDd8jD-4s2plHeXPZFeeUhXFGPm1S1ChNFgFkdwLAJau17k_6kC-wTdV7rFLJTdgNDBQeNVU629ysRtudnzI",
         false},
	{382, wycheproof_es256_key, "ES256", "SisTooBig",
         ES256_HEAD ".Zm9v."
                    "AOXANDh8jD-3s2plHeXPZFfhaxsXceIWxlznaZUJLra6AZau17g_6kC_wTdV7rFLJTcdGyr-H-zzcGMse95q2aIZ",
         false},
	{383, wycheproof_es256_key, "ES256", "IntegerOverflow",
         ES256_HEAD ".Zm9v."
                    "AeXANDh8jD-3s2plHeXPZFfhaxsXceIWxlznaZUJLra6AJau17k_6kC-wTdV7rFLJTdgNDBQeNVU629ysRtudnzI",
         false},
	{384, wycheproof_es256_key, "ES256", "IntegerOverflow",
         ES256_HEAD ".Zm9v."
                    "AOXANDh8jD-3s2plHeXPZFfhaxsXceIWxlznaZUJLra6AZau17k_6kC-wTdV7rFLJTdgNDBQeNVU629ysRtudnzI",
         false},
	{386, wycheproof_es256_key, "ES256", "rIsZero_sIsZero",
         ES256_HEAD ".Zm9v."
                    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
         false},
	{387, wycheproof_es256_key, "ES256", "rIsZero_sIsOne",
         ES256_HEAD ".Zm9v."
                    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQ",
         false},
	{388, wycheproof_es256_key, "ES256", "rIsZero_sIsNminus1",
         ES256_HEAD ".Zm9v."
                    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAD_____AAAAAP__________vOb6racXnoTzucrC_GMlUA",
         false},
	{389, wycheproof_es256_key, "ES256", "rIsZero_sIsN",
         ES256_HEAD ".Zm9v."
                    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAD_____AAAAAP__________vOb6racXnoTzucrC_GMlUQ",
         false},
	{390, wycheproof_es256_key, "ES256", "rIsOne_sIsZero",
         ES256_HEAD ".Zm9v."
                    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
         false},
	{391, wycheproof_es256_key, "ES256", "rIsOne_sIsOne",
         ES256_HEAD ".Zm9v."
                    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQ",
         false},
	{392, wycheproof_es256_key, "ES256", "rIsOne_sIsNminus1",
         ES256_HEAD ".Zm9v."
                    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAH_____AAAAAP__________vOb6racXnoTzucrC_GMlUA",
         false},
	{393, wycheproof_es256_key, "ES256", "rIsOne_sIsN",
         ES256_HEAD ".Zm9v."
                    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAH_____AAAAAP__________vOb6racXnoTzucrC_GMlUQ",
         false},
	{394, wycheproof_es256_key, "ES256", "rIsNminus1_sIsZero",
         ES256_HEAD ".Zm9v."
                    "_____wAAAAD__________7zm-q2nF56E87nKwvxjJVAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
         false},
	{395, wycheproof_es256_key, "ES256", "rIsNminus1_sIsOne",
         ES256_HEAD ".Zm9v."
                    "_____wAAAAD__________7zm-q2nF56E87nKwvxjJVAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQ",
         false},
	{396, wycheproof_es256_key, "ES256", "rIsNminus1_sIsNminus1",
         ES256_HEAD ".Zm9v."
                    "_____wAAAAD__________7zm-q2nF56E87nKwvxjJVD_____AAAAAP__________vOb6racXnoTzucrC_GMlUA",
         false},
	{397, wycheproof_es256_key, "ES256", "rIsNminus1_sIsN",
         ES256_HEAD ".Zm9v."
                    "_____wAAAAD__________7zm-q2nF56E87nKwvxjJVD_____AAAAAP__________vOb6racXnoTzucrC_GMlUQ",
         false},
	{398, wycheproof_es256_key, "ES256", "rIsN_sIsZero",
         ES256_HEAD ".Zm9v."
                    "_____wAAAAD__________7zm-q2nF56E87nKwvxjJVEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
         false},
	{399, wycheproof_es256_key, "ES256", "rIsN_sIsOne",
         ES256_HEAD ".Zm9v."
                    "_____wAAAAD__________7zm-q2nF56E87nKwvxjJVEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQ",
         false},
	{400, wycheproof_es256_key, "ES256", "rIsN_sIsNminus1",
         ES256_HEAD ".Zm9v."
                    "_____wAAAAD__________7zm-q2nF56E87nKwvxjJVH_____AAAAAP__________vOb6racXnoTzucrC_GMlUA",
         false},
	{401, wycheproof_es256_key, "ES256", "rIsN_sIsN",
         ES256_HEAD ".Zm9v."
                    "_____wAAAAD__________7zm-q2nF56E87nKwvxjJVH_____AAAAAP__________vOb6racXnoTzucrC_GMlUQ",
         false},
};
