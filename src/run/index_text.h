/*
 * index_text.h
 *	  What of an index is needed to make another one like it.
 */
#ifndef GRADUAL_INDEX_TEXT_H
#define GRADUAL_INDEX_TEXT_H

/* What follows the name of the table in its definition: ' USING btree (a)'. */
extern char *gradual_index_text_tail(Oid index);

extern bool gradual_index_is_unique(Oid index);

/* The first, with the tablespace. */
extern char *gradual_index_text_tail_placed(Oid index);

/* What drops a foreign key that refers to it itself, and not to one above; NULL = none does. */
extern char *gradual_index_text_referring(Oid index);

/* Its constraint: 'UNIQUE (a) DEFERRABLE', and that of an index that is there. */
extern char *gradual_index_text_constraint(Oid constraint);
extern char *gradual_index_text_using(Oid constraint, const char *index);

/* The name that a partition's part of it gets. */
extern char *gradual_index_text_name(Oid parent_index, Oid partition);

/*
 * Texts of an undo.  How a copy of that name, quoted and qualified too, takes the
 * place of an index of a table, or of the constraint that this serves; and what makes
 * a partitioned one of those below it, NULL if it serves a constraint.
 */
extern char *gradual_index_text_place(const char *table, Oid index, const char *qualified,
									  const char *name);
extern char *gradual_index_text_shell(Oid index);

/* Is it such a text? */
extern bool gradual_index_text_brings_back(const char *command);

/* The copy of the first text that is there; InvalidOid = there is none. */
extern Oid	gradual_index_text_copy(const char *command);

/* The one that it stands in for, as long as that is there. */
extern Oid	gradual_index_text_original(const char *command);

/* The table of the second text, if that has not the index yet; else NULL. */
extern char *gradual_index_text_shell_missing(const char *create);

#endif							/* GRADUAL_INDEX_TEXT_H */
