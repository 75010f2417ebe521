/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CK_PR_H
#define CK_PR_H

/*
 * Concurrency Kit's primitives, made of the compiler's atomics, for
 * ThreadSanitizer only.
 *
 * The real header is inline assembly, which ThreadSanitizer does not see: it
 * then reports races in correct code, and a suppression would hide the real
 * ones too. This folder comes first on the include path of that build, so
 * that ck's own algorithms run over operations that are seen.
 *
 * ThreadSanitizer does not understand fences either (-Wtsan). So the order
 * sits on the operations: a load acquires, a store releases, a
 * read-modify-write does both and is sequentially consistent, which is more
 * than what a fence beside them asks for. What is left is store before load:
 * those fences are an exchange on a word of the caller's own, which orders
 * for the processor and tells ThreadSanitizer nothing that would hide a
 * race between two threads.
 */

#include <ck_cc.h>
#include <ck_limits.h>
#include <ck_md.h>
#include <ck_stdbool.h>
#include <ck_stdint.h>

CK_CC_INLINE static void
ck_pr_stall(void)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

CK_CC_INLINE static void
ck_pr_barrier(void)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

#define ELN_FENCE(name, body)                             \
	CK_CC_INLINE static void ck_pr_fence_##name(void) \
	{                                                 \
		body                                      \
	}

#define ELN_FULL_FENCE(name)                   \
	ELN_FENCE(name, unsigned int word = 0; \
		  __atomic_exchange_n(&word, 1, __ATOMIC_SEQ_CST);)

ELN_FENCE(load, )
ELN_FENCE(store, )
ELN_FENCE(load_store, )
ELN_FENCE(load_atomic, )
ELN_FENCE(store_atomic, )
ELN_FENCE(atomic, )
ELN_FENCE(atomic_load, )
ELN_FENCE(atomic_store, )
ELN_FENCE(acquire, )
ELN_FENCE(release, )
ELN_FENCE(acqrel, )
ELN_FENCE(lock, )
ELN_FENCE(unlock, )
ELN_FULL_FENCE(memory)
ELN_FULL_FENCE(store_load)

/* The parameter types are ck's: a void pointer for ptr, T elsewhere. */
#define ELN_LOAD_STORE(name, T, P)                                           \
	CK_CC_INLINE static T ck_pr_load_##name(const P *target)             \
	{                                                                    \
		return __atomic_load_n((T const *)target, __ATOMIC_ACQUIRE); \
	}                                                                    \
	CK_CC_INLINE static void ck_pr_store_##name(P *target, T value)      \
	{                                                                    \
		__atomic_store_n((T *)target, value, __ATOMIC_RELEASE);      \
	}

#define ELN_CAS(name, T, P)                                                    \
	CK_CC_INLINE static bool ck_pr_cas_##name##_value(P *target,           \
	    T compare, T set, P *seen)                                         \
	{                                                                      \
		bool done = __atomic_compare_exchange_n((T *)target, &compare, \
		    set, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);           \
		*(T *)seen = compare;                                          \
		return done;                                                   \
	}                                                                      \
	CK_CC_INLINE static bool ck_pr_cas_##name(P *target, T compare, T set) \
	{                                                                      \
		return __atomic_compare_exchange_n((T *)target, &compare, set, \
		    false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);                \
	}                                                                      \
	CK_CC_INLINE static T ck_pr_fas_##name(P *target, T set)               \
	{                                                                      \
		return __atomic_exchange_n((T *)target, set,                   \
		    __ATOMIC_SEQ_CST);                                         \
	}

#define ELN_ARITHMETIC(name, T)                                             \
	CK_CC_INLINE static T ck_pr_faa_##name(T *target, T delta)          \
	{                                                                   \
		return __atomic_fetch_add(target, delta, __ATOMIC_SEQ_CST); \
	}                                                                   \
	CK_CC_INLINE static void ck_pr_add_##name(T *target, T delta)       \
	{                                                                   \
		__atomic_fetch_add(target, delta, __ATOMIC_SEQ_CST);        \
	}                                                                   \
	CK_CC_INLINE static void ck_pr_sub_##name(T *target, T delta)       \
	{                                                                   \
		__atomic_fetch_sub(target, delta, __ATOMIC_SEQ_CST);        \
	}                                                                   \
	CK_CC_INLINE static void ck_pr_inc_##name(T *target)                \
	{                                                                   \
		ck_pr_add_##name(target, 1);                                \
	}                                                                   \
	CK_CC_INLINE static void ck_pr_dec_##name(T *target)                \
	{                                                                   \
		ck_pr_sub_##name(target, 1);                                \
	}

#define ELN_INTEGER(name, T)       \
	ELN_LOAD_STORE(name, T, T) \
	ELN_CAS(name, T, T)        \
	ELN_ARITHMETIC(name, T)

ELN_LOAD_STORE(ptr, void *, void)
ELN_CAS(ptr, void *, void)
ELN_INTEGER(int, int)
ELN_INTEGER(uint, unsigned int)
ELN_INTEGER(8, uint8_t)
ELN_INTEGER(16, uint16_t)
ELN_INTEGER(32, uint32_t)
ELN_INTEGER(64, uint64_t)

#undef ELN_FENCE
#undef ELN_FULL_FENCE
#undef ELN_LOAD_STORE
#undef ELN_CAS
#undef ELN_ARITHMETIC
#undef ELN_INTEGER

#endif
