/*
 * texts.h
 *	  Lists of texts: List * of char *.
 */
#ifndef GRADUAL_TEXTS_H
#define GRADUAL_TEXTS_H

#include "nodes/pg_list.h"

struct ArrayType;

/* A list of texts, and the texts, copied to context. */
extern List *gradual_texts_copy(MemoryContext context, List *texts);

/* An element that is NULL is none of them. */
extern bool gradual_texts_have(List *texts, const char *sought);

/* "'a', 'b'"; in the current memory context, as the next */
extern char *gradual_texts_literals(List *texts);

/* Of a text[]: an element that is NULL is a NULL pointer. */
extern List *gradual_texts_of_array(struct ArrayType *array);

#endif							/* GRADUAL_TEXTS_H */
