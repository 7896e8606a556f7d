//! Everything that can be wrong with a catalog, but for routes: what is told, and on which line.

use super::mistakes;

#[test]
fn a_mistake_is_told_with_its_line() {
    for (rest, expected) in [
        // The text
        ("x = ", "line 4: "),
        ("name = 'A'\nname = 'B'", "line 4: duplicate key"),
        ("[[thing]]\nname = 'a'", "line 4: `thing` is none of resource_type, api"),
        ("[role]\nname = 'a'", "line 4: `role` is a list of tables: write [[role]]"),
        ("[[role]]\nname = 'a'\n[[role]]\nname = 'a", "line 7: "),
        // Key classes
        ("[[key_class]]\nname = 'b'\nprefix = 'aa'", "line 6: prefix `aa` is there twice"),
        ("[[key_class]]\nname = 'a'\nprefix = 'bb'", "line 5: key class `a` is there twice"),
        ("[[key_class]]\nname = ''\nprefix = 'bb'", "line 5: key class must not be empty"),
        ("[[key_class]]\nname = 'b'\nprefix = 'B_'", "line 6: prefix `B_` must be"),
        ("[[key_class]]\nname = 'b'\nprefix = 'b'", "line 6: prefix `b` must be"),
        ("[[key_class]]\nname = 'b'\nprefix = '1b'", "line 6: prefix `1b` must be"),
        (
            "[[key_class]]\nname = 'b'\nprefix = 'b2345678901234567'",
            "line 6: prefix `b2345678901234567` must be",
        ),
        ("[[key_class]]\nname = 'b'\nprefix = 'bb'\nadmin = true", "line 7: unknown field `admin`"),
        ("[[key_class]]\nname = 'b'\nprefix = 'bb'\nadmin_api = 'yes'", "line 7: invalid type"),
        ("[[key_class]]\nname = 'b'", "line 4: missing field `prefix`"),
        // Resource types
        ("[[resource_type]]\nname = 'thing'", "line 5: resource type `thing` must be"),
        ("[[resource_type]]\nname = '1A'", "line 5: resource type `1A` must be"),
        ("[[resource_type]]\nname = ''", "line 5: resource type must not be empty"),
        ("[[resource_type]]\nsegments = ['id']", "line 4: missing field `name`"),
        (
            "[[resource_type]]\nname = 'A'\n[[resource_type]]\nname = 'A'",
            "line 7: resource type `A` is there twice",
        ),
        ("[[resource_type]]\nname = 'A'\nsegments = [[]]", "line 6: a closed set of segments needs"),
        ("[[resource_type]]\nname = 'A'\nsegments = ['']", "line 6: a segment needs a name"),
        (
            "[[resource_type]]\nname = 'A'\nsegments = [\n'id',\n1]",
            "line 8: invalid type: integer `1`, expected the name",
        ),
        ("[[resource_type]]\nname = 'A'\nsegments = [['a/b']]", "line 6: `a/b` is not a word"),
        ("[[resource_type]]\nname = 'A'\nsegments = [['..']]", "line 6: `..` is not a word"),
        ("[[resource_type]]\nname = 'A'\nsegments = [['#']]", "line 6: `#` is not a word"),
        (
            "[[resource_type]]\nname = 'A'\nsegments = ['a','b','c','d','e','f','g','h']",
            "line 5: resource type `A` has more than 7 segments",
        ),
        (
            "[[resource_type]]\nname = 'A'\nowned = true\ntenant_checked_by_upstream = true",
            "line 5: a type is either owned or tenant_checked_by_upstream, not both",
        ),
        ("[[resource_type]]\nname = 'PROJECT'", "line 5: `PROJECT` is known"),
        ("[[resource_type]]\nname = 'PROJECT'\nsegments = ['id', 'b']", "line 5: `PROJECT` is known"),
        (
            "[[resource_type]]\nname = 'PROJECT'\nsegments = ['id']\nowned = true",
            "line 5: `PROJECT` is known",
        ),
        ("[[resource_type]]\nname = 'ORGANIZATION'\nsegments = [['a']]", "line 5: `ORGANIZATION` is known"),
        (
            "[[resource_type]]\nname = 'ORGANIZATION'\nsegments = ['id']\ntenant_checked_by_upstream = true",
            "line 5: `ORGANIZATION` is known",
        ),
        ("[[resource_type]]\nname = 'A'\nwithin = ['B']", "line 6: `B` is not a resource type"),
        // APIs
        ("[[api]]\nid = 'x'\nname = 'X'", "line 5: an API has either"),
        ("[[api]]\nid = 'x'\nname = 'X'\nresource = 'A'\nper_resource = 'A'", "line 5: an API has either"),
        ("[[api]]\nid = 'x'\nname = 'X'\nresource = ''", "line 7: an empty filter would reach everything"),
        ("[[api]]\nid = 'x'\nname = 'X'\nresource = 'NO'", "line 7: segment 1 of resource filter: `NO`"),
        ("[[api]]\nid = 'x'\nname = 'X'\nper_resource = 'NO'", "line 7: `NO` is not a resource type"),
        (
            "[[resource_type]]\nname = 'A'\n[[api]]\nid = 'x'\nname = 'X'\nper_resource = 'A'",
            "line 9: a type with levels for each resource must have exactly one segment",
        ),
        (
            "[[api]]\nid = 'x'\nname = 'X'\nresource = '*'\n[[api]]\nid = 'x'\nname = 'Y'\nresource = '*'",
            "line 9: API id `x` is there twice",
        ),
        // Roles
        ("[[role]]\nname = 'r'\nscopes = []", "line 5: a role must have"),
        (
            "[[role]]\nname = 'r'\nscopes = []\n[[role]]\nname = 'r'\nscopes = []",
            "line 8: role `r` is there twice",
        ),
        (
            "[[role]]\nname = 'r'\nscopes = [{ action = 'reed', resource_filter = '*' }]",
            "line 6: action `reed` is not one of read, write, admin, *",
        ),
        (
            "[[role]]\nname = 'r'\nscopes = [\n{ action = 'read', resource_filter = '*' },\n{ action = 'read', resource_filter = 'NO/x' }]",
            "line 8: segment 1 of resource filter: `NO`",
        ),
        (
            "[[role]]\nname = 'r'\nscopes = [{ action = 'read', resource_filter = '' }]",
            "line 6: an empty filter would reach everything",
        ),
        (
            "[[role]]\nname = 'r'\nscopes = [{ action = 'read', resource_filter = 'A/{org}' }]",
            "line 6: filter `A/{org}`: the only name a role knows is {project}",
        ),
        (
            "[[role]]\nname = 'r'\nscopes = [{ action = 'read', resource_filter = '*', x = 1 }]",
            "line 6: unknown field `x`",
        ),
        ("[[role]]\nname = 'r'\nscopes = [{ action = 'read' }]", "line 6: missing field `resource_filter`"),
    ] {
        let found = mistakes(rest);
        assert!(found.iter().any(|line| line.starts_with(expected)), "{rest}\nfound {found:?}");
    }
}
