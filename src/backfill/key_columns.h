/*
 * key_columns.h
 *	  The unique key of a leaf, and the SQL over it.
 */
#ifndef GRADUAL_KEY_COLUMNS_H
#define GRADUAL_KEY_COLUMNS_H

#include "access/attnum.h"

#include "backfill/leaf.h"

typedef struct GradualKeyColumns
{
	int			count;
	char	  **names;			/* quoted */
	AttrNumber *numbers;
	Oid		   *types;			/* no domains */
	char	   *greater;		/* 'OPERATOR(pg_catalog.>)' */
	char	   *at_most;		/* 'OPERATOR(pg_catalog.<=)' */
} GradualKeyColumns;

/*
 * The key by which a statement that sets 'assigned' (char *, column names) can
 * walk the leaf.  Raises 55000 with a hint if there is none.
 */
extern GradualKeyColumns *gradual_key_columns(const GradualLeaf *leaf, Relation rel,
											  List *assigned);

/*
 * 'ROW(t.a, t.b) > ROW($1, $2) AND ROW(t.a, t.b) <= ROW($3, $4)'; without the
 * lower half if !lower, without the upper if !upper.  alias NULL = unqualified.
 */
extern char *gradual_key_condition(const GradualKeyColumns *key, const char *alias,
								   bool lower, bool upper);

/* 'a, b', or 'a DESC, b DESC' */
extern char *gradual_key_list(const GradualKeyColumns *key, const char *suffix);

/* '(a, b)=(1, x)' */
extern char *gradual_key_words(const GradualKeyColumns *key, List *texts);

/* Key values from their texts; 'values' has room for all columns. */
extern void gradual_key_read(const GradualKeyColumns *key, List *texts, Datum *values);

#endif							/* GRADUAL_KEY_COLUMNS_H */
