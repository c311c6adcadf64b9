/*
 * names.h
 *	  Names in raw parse trees: what a statement creates or changes, and SQL text
 *	  for the names.  Pure.
 */
#ifndef GRADUAL_RECIPE_NAMES_H
#define GRADUAL_RECIPE_NAMES_H

#include "nodes/parsenodes.h"

#include "script/script.h"

/*
 * Of char *, not quoted, without schema: the objects that a statement creates,
 * replaces, renames or drops.  Columns of tables are not among them.
 */
extern List *gradual_names_defined(const GradualStatement *statement);

/*
 * The same of what GRANT, REVOKE, TRUNCATE and the forms of ALTER that are not
 * about a table are about.
 */
extern List *gradual_names_altered(const GradualStatement *statement);

/* Does the statement bring something new into being, so that nothing before it can mean it? */
extern bool gradual_names_only_creates(const GradualStatement *statement);

/*
 * Does an earlier statement of the script create an object of that name, or
 * replace one?  With 'anew': one that was certainly not there before.
 */
extern bool gradual_names_created(const GradualScript *script, const GradualStatement *before,
								  const char *name, bool anew);

/*
 * Does the text contain the name, as a word of its own?  Comments and strings
 * count too: a name too many delays a statement, one too few breaks it.
 */
extern bool gradual_names_mentioned(const char *sql, const char *name);

/* The same of one of them (of char *) */
extern bool gradual_names_any_mentioned(const char *sql, List *names);

/* The name of an object, quoted, with its schema if it is written with one. */
extern char *gradual_names_quoted(List *name);
extern char *gradual_names_range(const RangeVar *range);

/* A trigger, a rule, a policy: what has its name within a table. */
extern bool gradual_names_is_part(ObjectType type);

/* The name in an object of DROP, RENAME and the like: of String, as a rule; NIL = none. */
extern List *gradual_names_of_object(Node *object);

/* Of CREATE TABLE AS, or SELECT .. INTO .. UNION ..; NULL for anything else. */
extern IntoClause *gradual_names_into(Node *node);

/* 'a, "B"' of char *. */
extern char *gradual_names_list(List *names);

/*
 * An SQL expression for the qualified name that an object gets when it is
 * created now: the first schema of the search_path if none is written.
 */
extern char *gradual_names_creation(List *name);

/* 'public.users_idx' -> 'users_idx', not quoted; and 'public.', as it stands. */
extern char *gradual_names_unqualified(const char *qualified);
extern char *gradual_names_schema_prefix(const char *qualified);

/* A type as in a function's signature; NULL for %TYPE. */
extern char *gradual_names_type(const TypeName *type);

/* 'integer, text': the input arguments of a function; NULL if one cannot be written. */
extern char *gradual_names_arguments(List *parameters);

#endif							/* GRADUAL_RECIPE_NAMES_H */
