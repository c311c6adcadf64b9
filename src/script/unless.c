/*
 * unless.c
 *	  A DO block that makes one thing unless it is there.
 *
 * Invariant: what is taken for one is that word by word, and does nothing else.
 */
#include "postgres.h"

#include "catalog/namespace.h"

#include "base/texts.h"
#include "base/token.h"
#include "script/clone.h"
#include "script/constraint.h"
#include "script/lookup.h"
#include "script/unless.h"

/* Past the words, if they stand there; else NULL, as of NULL. */
static const char *
skip_words(const char *sql, const char *const *words)
{
	for (; sql != NULL && *words != NULL; words++)
	{
		bool		escapes = false;
		const char *end;

		sql = gradual_token_skip_blank(sql);
		end = gradual_token_end(sql, &escapes);
		sql = *sql != '\0' && gradual_token_is(sql, end - sql, *words) ? end : NULL;
	}
	return sql;
}

/* Nothing but the end of the block follows. */
static bool
is_rest(const char *sql)
{
	static const char *const handler[] = {";", "exception", "when", "duplicate_object", "then", "null", ";", "end", NULL};
	static const char *const semicolon[] = {";", NULL};
	const char *after;

	sql = skip_words(sql, handler);
	after = skip_words(sql, semicolon);
	if (after != NULL)
		sql = after;
	return sql != NULL && *gradual_token_skip_blank(sql) == '\0';
}

/* The body between its dollar quotes, as it stands: other strings could have escapes. */
static const char *
find_body(const char *sql, int *length)
{
	static const char *const head[] = {"do", NULL};
	bool		escapes = false;
	const char *quoted = skip_words(sql, head);
	const char *end;
	int			tag;

	if (quoted == NULL)
		return NULL;
	quoted = gradual_token_skip_blank(quoted);
	end = gradual_token_end(quoted, &escapes);
	if (*quoted != '$' || *gradual_token_skip_blank(end) != '\0')
		return NULL;
	tag = strcspn(quoted + 1, "$") + 2;
	*length = end - quoted - 2 * tag;
	return *length > 0 ? quoted + tag : NULL;
}

/* The server's own parser reads no other statements of PL/pgSQL. */
const char *
gradual_unless_text(const char *sql, int *length)
{
	static const char *const begin[] = {"begin", NULL};
	static const char *const type[] = {"create", "type", NULL};
	static const char *const table[] = {"alter", "table", NULL};
	const char *found = find_body(sql, length);
	char	   *body = found == NULL ? NULL : pnstrdup(found, *length);
	const char *inner = skip_words(body, begin);
	const char *end;
	bool		escapes = false;

	if (inner == NULL || (skip_words(inner, type) == NULL && skip_words(inner, table) == NULL))
		return NULL;
	inner = end = gradual_token_skip_blank(inner);
	while (*end != '\0' && *end != ';')
		end = gradual_token_skip_blank(gradual_token_end(end, &escapes));
	if (!is_rest(end))
		return NULL;
	*length = end - inner;
	return found + (inner - body);
}

/* ADD CONSTRAINT name FOREIGN KEY or CHECK, and nothing else; or NULL. */
static const Constraint *
find_constraint(const Node *node)
{
	const AlterTableStmt *alter = (const AlterTableStmt *) node;
	const AlterTableCmd *cmd;
	const Constraint *constraint;

	if (!IsA(alter, AlterTableStmt) || alter->objtype != OBJECT_TABLE || list_length(alter->cmds) != 1)
		return NULL;
	cmd = linitial(alter->cmds);
	constraint = (const Constraint *) cmd->def;
	if (cmd->subtype != AT_AddConstraint || constraint->conname == NULL ||
		(constraint->contype != CONSTR_FOREIGN && constraint->contype != CONSTR_CHECK))
		return NULL;
	return constraint;
}

bool
gradual_unless_knows(const Node *node)
{
	return IsA(node, CreateEnumStmt) || find_constraint(node) != NULL;
}

bool
gradual_unless_exists(GradualRehearsal *rehearsal, const Node *node)
{
	const Constraint *constraint = find_constraint(node);
	GradualRelation *relation;
	Oid			schema;
	char	   *name;

	if (constraint != NULL)
	{
		relation = gradual_clone_altered(rehearsal,
										 copyObject(((const AlterTableStmt *) node)->relation),
										 ((const AlterTableStmt *) node)->missing_ok);
		return relation == NULL ||
			gradual_texts_have(gradual_constraint_names(relation), constraint->conname);
	}
	schema = QualifiedNameGetCreationNamespace(copyObject(((const CreateEnumStmt *) node)->typeName),
											   &name);
	return gradual_lookup_is_type(schema, name);
}
