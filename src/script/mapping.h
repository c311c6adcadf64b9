/*
 * mapping.h
 *	  Which columns of the source go where in an INSERT .. SELECT, and by which
 *	  key a row of the source is found again among the copies.
 */
#ifndef GRADUAL_MAPPING_H
#define GRADUAL_MAPPING_H

#include "nodes/parsenodes.h"
#include "utils/relcache.h"

/* One column that the statement fills, from one place in the select list. */
typedef struct GradualMapped
{
	char	   *column;			/* of the target, not quoted */
	int			position;		/* in the select list, from 1 */
	Expr	   *value;			/* over the FROM of the SELECT */
	char	   *copied;			/* the column of the walked table that it is,
								 * as it stands; or NULL */
} GradualMapped;

/* A unique key of the source, and where its columns go; both not quoted. */
typedef struct GradualMappedKey
{
	int			count;
	char	  **source;
	char	  **target;
	Oid		   *types;			/* in the source */
	char	  **casts;			/* 'pg_catalog.int8': the types in the target */
	char	  **source_equals;	/* 'OPERATOR(pg_catalog.=)' */
	char	  **target_equals;

	/* What else tells these copies from other rows: the constants in them */
	List	   *constants;		/* of char *: columns of the target */
	char	   *same_constants; /* ' AND _gradual_copy.kind = ..', or '' */
} GradualMappedKey;

/* The SELECT of an analysed INSERT; NULL for VALUES and DEFAULT VALUES. */
extern Query *gradual_mapping_select(Query *insert);

/*
 * The entry of a SELECT's own FROM that goes by this name; 0 if there is none,
 * or none whose every row comes out by itself (the other side of an outer join).
 */
extern Index gradual_mapping_walked(Query *select, const char *name);

/* The positions in the range table for which that holds. */
extern List *gradual_mapping_candidates(Query *select);

/* All columns (GradualMapped *) that an INSERT .. SELECT fills. */
extern List *gradual_mapping_columns(Query *insert, Index walked);

/*
 * The best key of 'source' (the real table, however the query calls it) whose
 * columns are copied as they stand.  NULL if there is none.
 */
extern GradualMappedKey *gradual_mapping_key(Query *insert, List *columns, Relation source);

/* Does the key come to lie in that column of the target? */
extern bool gradual_mapping_is_of_key(const GradualMappedKey *key, const char *column);

/* What texts of ours call the target; the source is called as the user does. */
#define GRADUAL_MAPPING_COPY "_gradual_copy"

/* 'u.id OPERATOR(pg_catalog.=) $1', the key beginning at that parameter */
extern char *gradual_mapping_source_is(const GradualMappedKey *key, const char *walks, int first);

/* '_gradual_copy.user_id OPERATOR(pg_catalog.=) $1::pg_catalog.int8' */
extern char *gradual_mapping_copy_is(const GradualMappedKey *key, int first);

/* The same for the row that the source is at. */
extern char *gradual_mapping_is_copy(const GradualMappedKey *key, const char *walks);

/* 'NOT EXISTS (..)': that row has no copy yet.  An index will find it, or none. */
extern char *gradual_mapping_not_copied(const GradualMappedKey *key, const char *target,
										const char *walks);

#endif							/* GRADUAL_MAPPING_H */
