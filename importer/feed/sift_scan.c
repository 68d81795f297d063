/*
 * Finding bytes. SSE2 is part of every x86-64; elsewhere memchr() and plain
 * loops do. Markup, which is a quarter of sifting with SSE2, is found with AVX2
 * where the processor has it.
 */
#include "feed/sift_scan.h"

#include <string.h>

#ifdef __SSE2__
#include <immintrin.h>

#define VECTOR_SIZE ((ptrdiff_t)sizeof(__m128i))
#define BLOCK_SIZE ((ptrdiff_t)64)

static inline __m128i load(const char *at)
{
	return _mm_loadu_si128((const __m128i *)(const void *)at);
}

static inline unsigned mask_of(__m128i matches)
{
	return (unsigned)_mm_movemask_epi8(matches);
}
#endif

/* --- XML --- */

static bool may_matter(const char *at, const char *end, char first)
{
	if (end - at < 3)
		return true;
	return at[1] == '!' || at[1] == '?' || at[1] == first || (at[1] == '/' && at[2] == first);
}

static const char *find_markup_slowly(const char *at, const char *end, char first)
{
	while (at < end && (at = memchr(at, '<', (size_t)(end - at))) != NULL) {
		if (may_matter(at, end, first))
			return at;
		at++;
	}
	return end;
}

#ifdef __SSE2__
/* As find_markup_slowly(), for as many whole vectors as there are; `*ret_at` is where they end. */
static const char *find_markup_sse2(const char **ret_at, const char *end, char first)
{
	const __m128i less = _mm_set1_epi8('<');
	const __m128i mark = _mm_set1_epi8('!');
	const __m128i query = _mm_set1_epi8('?');
	const __m128i slash = _mm_set1_epi8('/');
	const __m128i name = _mm_set1_epi8(first);
	const char *at = *ret_at;

	for (; end - at >= VECTOR_SIZE + 2; at += VECTOR_SIZE) {
		const __m128i next = load(at + 1);
		const __m128i special = _mm_or_si128(_mm_cmpeq_epi8(next, mark), _mm_cmpeq_epi8(next, query));
		const __m128i closing = _mm_and_si128(_mm_cmpeq_epi8(next, slash), _mm_cmpeq_epi8(load(at + 2), name));
		const __m128i named = _mm_or_si128(_mm_cmpeq_epi8(next, name), closing);
		const unsigned hits = mask_of(_mm_and_si128(_mm_cmpeq_epi8(load(at), less), _mm_or_si128(special, named)));

		if (hits != 0)
			return at + __builtin_ctz(hits);
	}
	*ret_at = at;
	return NULL;
}

#define WIDE_SIZE ((ptrdiff_t)sizeof(__m256i))

__attribute__((target("avx2"))) static inline __m256i load_wide(const char *at)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)at);
}

__attribute__((target("avx2"))) static const char *find_markup_avx2(const char **ret_at, const char *end, char first)
{
	const __m256i less = _mm256_set1_epi8('<');
	const __m256i mark = _mm256_set1_epi8('!');
	const __m256i query = _mm256_set1_epi8('?');
	const __m256i slash = _mm256_set1_epi8('/');
	const __m256i name = _mm256_set1_epi8(first);
	const char *at = *ret_at;

	for (; end - at >= WIDE_SIZE + 2; at += WIDE_SIZE) {
		const __m256i next = load_wide(at + 1);
		const __m256i special = _mm256_or_si256(_mm256_cmpeq_epi8(next, mark), _mm256_cmpeq_epi8(next, query));
		const __m256i closing = _mm256_and_si256(_mm256_cmpeq_epi8(next, slash),
		                                         _mm256_cmpeq_epi8(load_wide(at + 2), name));
		const __m256i named = _mm256_or_si256(_mm256_cmpeq_epi8(next, name), closing);
		const __m256i hit = _mm256_and_si256(_mm256_cmpeq_epi8(load_wide(at), less), _mm256_or_si256(special, named));
		const unsigned hits = (unsigned)_mm256_movemask_epi8(hit);

		if (hits != 0)
			return at + __builtin_ctz(hits);
	}
	*ret_at = at;
	return NULL;
}
#endif

const char *sift_find_markup_anywhere(const char *at, const char *end, char first)
{
#ifdef __SSE2__
	const char *found = find_markup_sse2(&at, end, first);

	if (found != NULL)
		return found;
#endif
	return find_markup_slowly(at, end, first);
}

const char *sift_find_markup(const char *at, const char *end, char first)
{
#ifdef __SSE2__
	const char *found = __builtin_cpu_supports("avx2") ? find_markup_avx2(&at, end, first) : NULL;

	if (found != NULL)
		return found;
#endif
	return sift_find_markup_anywhere(at, end, first);
}

/* --- any of three --- */

const char *sift_find_any(const char *at, const char *end, char first, char second, char third)
{
#ifdef __SSE2__
	const __m128i one = _mm_set1_epi8(first);
	const __m128i two = _mm_set1_epi8(second);
	const __m128i three = _mm_set1_epi8(third);

	for (; end - at >= VECTOR_SIZE; at += VECTOR_SIZE) {
		const __m128i bytes = load(at);
		const unsigned hits = mask_of(_mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, one), _mm_cmpeq_epi8(bytes, two)),
		                                           _mm_cmpeq_epi8(bytes, three)));

		if (hits != 0)
			return at + __builtin_ctz(hits);
	}
#endif
	while (at < end && *at != first && *at != second && *at != third)
		at++;
	return at;
}

/* --- letters --- */

const char *sift_count_letters(const char *at, const char *end, uint64_t *count)
{
#ifdef __SSE2__
	const __m128i zero = _mm_setzero_si128();
	__m128i counts = zero;
	uint64_t sums[2];

	for (; end - at >= VECTOR_SIZE; at += VECTOR_SIZE) {
		const __m128i bytes = load(at);
		const __m128i high = _mm_cmplt_epi8(bytes, zero);

		if (mask_of(_mm_cmplt_epi8(bytes, _mm_set1_epi8((char)0xC0))) != 0)
			break;
		counts = _mm_add_epi64(counts, _mm_sad_epu8(_mm_sub_epi8(zero, high), zero));
	}
	_mm_storeu_si128((__m128i *)(void *)sums, counts);
	*count += sums[0] + sums[1];
#else
	(void)end;
	(void)count;
#endif
	return at;
}

/* --- JSON --- */

#ifdef __SSE2__

#define EVEN_BITS UINT64_C(0x5555555555555555)

/* A bit for each byte of a block that is `byte`. */
static inline uint64_t block_mask(const __m128i block[4], char byte)
{
	const __m128i wanted = _mm_set1_epi8(byte);
	uint64_t mask = 0;

	for (unsigned i = 0; i < 4; i++)
		mask |= (uint64_t)mask_of(_mm_cmpeq_epi8(block[i], wanted)) << 16 * i;
	return mask;
}

/* The bytes behind a backslash that is not itself behind one: runs of backslashes of odd length escape what follows. */
static inline uint64_t escaped_bytes(struct sift_nesting *nesting, uint64_t backslashes)
{
	const uint64_t carried = nesting->is_escaped;
	uint64_t behind;
	uint64_t odd_starts;
	uint64_t even_runs;

	if (backslashes == 0) {
		nesting->is_escaped = false;
		return carried;
	}
	backslashes &= ~carried;
	behind = backslashes << 1 | carried;
	odd_starts = backslashes & ~EVEN_BITS & ~behind;
	nesting->is_escaped = __builtin_add_overflow(odd_starts, backslashes, &even_runs);
	return (EVEN_BITS ^ even_runs << 1) & behind;
}

/* From each quote on all bits are turned over, so that those between two are set. */
static inline uint64_t string_bytes(uint64_t quotes)
{
	for (unsigned shift = 1; shift < 64; shift *= 2)
		quotes ^= quotes << shift;
	return quotes;
}

/* Which of the block's brackets closes the outermost level, or -1. */
static int close_in_block(struct sift_nesting *nesting, uint64_t opens, uint64_t closes)
{
	for (uint64_t brackets = opens | closes; brackets != 0; brackets &= brackets - 1) {
		const uint64_t lowest = brackets & -brackets;

		if ((opens & lowest) != 0)
			nesting->depth++;
		else if (--nesting->depth == 0)
			return __builtin_ctzll(lowest);
	}
	return -1;
}

/* As sift_find_close(), for whole blocks; `ret_at` is where they end. */
static const char *find_close_in_blocks(struct sift_nesting *nesting, const char **ret_at, const char *end)
{
	const char *at = *ret_at;

	for (; end - at >= BLOCK_SIZE; at += BLOCK_SIZE) {
		const __m128i block[4] = {load(at), load(at + 16), load(at + 32), load(at + 48)};
		const uint64_t escaped = escaped_bytes(nesting, block_mask(block, '\\'));
		const uint64_t inside = string_bytes(block_mask(block, '"') & ~escaped) ^ -(uint64_t)nesting->in_string;
		const uint64_t opens = block_mask(block, nesting->open) & ~inside & ~escaped;
		const uint64_t closes = block_mask(block, nesting->close) & ~inside & ~escaped;
		const uint64_t close_count = (uint64_t)__builtin_popcountll(closes);

		nesting->in_string = inside >> 63;
		if (close_count >= nesting->depth) {
			const int found = close_in_block(nesting, opens, closes);

			if (found >= 0)
				return at + found + 1;
		} else {
			nesting->depth += (uint64_t)__builtin_popcountll(opens) - close_count;
		}
	}
	*ret_at = at;
	return NULL;
}

#endif

/* True where `byte` closes the outermost level. */
static bool step(struct sift_nesting *nesting, char byte)
{
	if (nesting->is_escaped)
		nesting->is_escaped = false;
	else if (byte == '\\')
		nesting->is_escaped = true;
	else if (byte == '"')
		nesting->in_string = !nesting->in_string;
	else if (!nesting->in_string && byte == nesting->open)
		nesting->depth++;
	else if (!nesting->in_string && byte == nesting->close)
		return --nesting->depth == 0;
	return false;
}

const char *sift_find_close(struct sift_nesting *nesting, const char *at, const char *end)
{
#ifdef __SSE2__
	const char *found = find_close_in_blocks(nesting, &at, end);

	if (found != NULL)
		return found;
#endif
	while (at < end) {
		if (step(nesting, *at++))
			return at;
	}
	return NULL;
}
