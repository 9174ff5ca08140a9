/* XML gate: the tree, and everything that must not pass. */
#include "tests/base/common.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "gen/base/io.h"
#include "gen/base/xml.h"

static Arena g_arena;

static XmlNode *parse(const char *text)
{
    XmlNode *root;
    cr_assert_eq(xml_parse(&g_arena, "t.xml", text, strlen(text), &root), ST_OK, "%.200s", text);
    return root;
}

static void refuse_n(const char *text, size_t n, Status want, const char *said)
{
    XmlNode *root = (XmlNode *)1;
    msg_capture_begin();
    Status st = xml_parse(&g_arena, "t.xml", text, n, &root);
    const char *told = msg_capture_end();
    cr_assert_eq(st, want, "status %d for %.60s: %s", st, text, told);
    cr_assert(strstr(told, said), "wanted %s, got %s", said, told);
    cr_assert_null(root);
}

static void refuse(const char *text, Status want, const char *said) { refuse_n(text, strlen(text), want, said); }

TEST(xml, tree)
{
    XmlNode *r = parse("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- c -->\n<tech name='n22' dbu=\"1nm\">\n"
                       "  <layer name=\"M1\"/>\n  <via/>\n  <layer\n     name=\"M2\"\n     x='a>b'\n  >te<b/>xt &lt;&#65;<![CDATA[<&>]]></layer>\n</tech>\n<!-- end -->\n");
    cr_assert_str_eq(r->name, "tech");
    cr_assert_eq(r->n_attrs, 2u);
    cr_assert_str_eq(xml_attr(r, "name"), "n22");
    cr_assert_str_eq(xml_attr(r, "dbu"), "1nm");
    cr_assert_null(xml_attr(r, "none"));
    const XmlNode *l = xml_child(r, "layer");
    cr_assert_str_eq(xml_attr(l, "name"), "M1");
    cr_assert_str_eq(l->text, "");
    cr_assert(l->line == 4 && r->line == 3);
    l = xml_next(l, "layer");
    cr_assert_str_eq(xml_attr(l, "x"), "a>b");
    cr_assert_str_eq(l->text, "text <A<&>");
    cr_assert_eq(l->line, 6, "the line where the tag begins, not %d", l->line);
    cr_assert_str_eq(l->child->name, "b");
    cr_assert_null(xml_next(l, "layer"));
    cr_assert_null(xml_child(r, "none"));
    Loc at = xml_loc(l);
    cr_assert(str_eq(at.file, "t.xml") && at.line == 6);
    arena_free(&g_arena);
}

TEST(xml, details)
{
    XmlNode *r = parse("\xef\xbb\xbf<a x=\" 1\t2&#10;3&amp;&quot;&apos;\">\xc3\xa9</a>");
    cr_assert_str_eq(xml_attr(r, "x"), " 1 2\n3&\"'");
    cr_assert_str_eq(r->text, "\xc3\xa9");
    r = parse("<p:a xmlns:p='urn:x' xml:lang='de' p:q='1'/>");
    cr_assert_str_eq(r->name, "p:a");
    cr_assert_str_eq(xml_attr(r, "p:q"), "1");
    cr_assert_str_eq(xml_attr(r, "xml:lang"), "de");
    r = parse("<a><?pi x?> <!-- --> </a>");
    cr_assert_null(r->child);
    Buf b = {0};
    buf_str(&b, "<r>");
    for (int i = 0; i < 70000; i++) buf_str(&b, "<e/>\n");
    buf_str(&b, "<last/></r>");
    r = parse(b.s);
    cr_assert_eq(xml_child(r, "last")->line, 70001, "lines above 65535 are counted too");
    buf_free(&b);
    arena_free(&g_arena);
}

TEST(xml, malformed)
{
    static const char *const bad[] = {
        "", " ", "text", "<a>", "<a></b>", "<a x=1/>", "<a x='1' x='2'/>", "<a/><b/>", "<a/>text", "<a>&foo;</a>", "<a x='&foo;'/>",
        "<a>&#0;</a>", "<a>\x01</a>", "<a>\xff\xfe</a>", "<a>\xc0\x80</a>", "<a x='<'/>", "<a>]]></a>", "<a><!-- -- --></a>", "<a b/>",
        "<a", "<a x='", "<a><![CDATA[", "<!-- ", "<?xml version='1.0'?>", " <?xml version='1.0'?><a/>", "<?xml version='9'?>", "<1/>", "<p:a/>", "<a p:x='1'/>",
        "\xff\xfe<\0a\0/\0>\0", "Lo\xa7\x94", "+ADw-a/>"};
    for (size_t i = 0; i < COUNTOF(bad); i++) refuse(bad[i], ST_INPUT, "[XML-0001]");
    static const char zero[] = "<a>\0</a>", utf16[] = "\xff\xfe<\0a\0/\0>";
    refuse_n(zero, sizeof zero - 1, ST_INPUT, "XML-0001");
    refuse_n(utf16, sizeof utf16, ST_INPUT, "XML-0001");
    refuse("<a>\n\n  <b></c></a>", ST_INPUT, "t.xml:3:");
    /* Another encoding is not converted: its bytes are no UTF-8. */
    refuse("<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>", ST_INPUT, "XML-0001");
    refuse("<?xml version='1.0' encoding='UTF-7'?><a>+ADw-b></a", ST_INPUT, "XML-0001");
    arena_free(&g_arena);
}

/* Cut after every byte: no prefix of a document is a document. */
TEST(xml, truncated_anywhere)
{
    static const char doc[] = "<?xml version=\"1.0\"?><tech a=\"1\" b='2'><!-- x --><l>t&amp;<![CDATA[c]]></l><?p i?></tech>";
    XmlNode *root;
    for (size_t n = 0; n < sizeof doc - 1; n++) refuse_n(doc, n, ST_INPUT, "[XML-0001]");
    cr_assert_eq(xml_parse(&g_arena, "t", doc, sizeof doc - 1, &root), ST_OK);
    arena_free(&g_arena);
}

TEST(xml, doctype_is_refused)
{
    refuse("<!DOCTYPE a><a/>", ST_INPUT, "[XML-0002]");
    refuse("\n\n<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", ST_INPUT, "t.xml:3");
    refuse("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>", ST_INPUT, "[XML-0002]");
    refuse("<!DOCTYPE a PUBLIC 'p' 'http://127.0.0.1:1/x.dtd'><a/>", ST_INPUT, "[XML-0002]");
    refuse("<!DOCTYPE a [<!ENTITY % p SYSTEM 'http://127.0.0.1:1/x'> %p;]><a/>", ST_INPUT, "[XML-0002]");
    refuse("<!DOCTYPE z [<!ENTITY a '0123456789'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;'>"
           "<!ENTITY d '&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;'><!ENTITY e '&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;'><!ENTITY f '&e;&e;&e;&e;&e;&e;&e;&e;&e;'>"
           "<!ENTITY g '&f;&f;&f;&f;&f;&f;&f;&f;&f;&f;'><!ENTITY h '&g;&g;&g;&g;&g;&g;&g;&g;&g;&g;'>]><z>&h;</z>", ST_INPUT, "[XML-0002]");
    refuse("<!DOCTYPE", ST_INPUT, "[XML-000");
    arena_free(&g_arena);
}

static void nested(Buf *b, int depth)
{
    b->n = 0;
    for (int i = 0; i < depth; i++) buf_str(b, "<a>");
    for (int i = 0; i < depth; i++) buf_str(b, "</a>");
}

TEST(xml, depth)
{
    Buf b = {0};
    nested(&b, 64);
    parse(b.s);
    nested(&b, 65);
    refuse(b.s, ST_LIMIT, "[XML-0003]");
    nested(&b, 1000000);
    refuse(b.s, ST_LIMIT, "[XML-0003]");
    b.n = 0;
    for (int i = 0; i < 3000000; i++) buf_str(&b, "<a>");
    refuse(b.s, ST_LIMIT, "[XML-0003]");
    buf_free(&b);
    arena_free(&g_arena);
}

TEST(xml, size)
{
    size_t n = ((size_t)64 << 20) + 1;
    char *big = mem_alloc(n + 1), dir[64], path[100];
    memset(big, ' ', n);
    memcpy(big, "<a>", 3);
    memcpy(big + n - 5, "</a>", 4);
    refuse_n(big, n, ST_LIMIT, "[XML-0003]");
    XmlNode *root;
    cr_assert_eq(xml_parse(&g_arena, "t", big, n - 1, &root), ST_OK);
    cr_assert_eq(strlen(root->text), n - 8);
    arena_free(&g_arena);
    make_folder(dir);
    snprintf(path, sizeof path, "%s/big.xml", dir);
    put_file(path, big, n);
    msg_capture_begin();
    cr_assert_eq(xml_read(&g_arena, path, &root), ST_LIMIT);
    SAID("XML-0003");
    remove_folder(dir);
    mem_free(big);
    arena_free(&g_arena);
}

/* Inputs on which a parser's time could grow with the square of their length. */
TEST(xml, hostile_inputs_end_soon)
{
    Buf b = {0};
    clock_t began = clock(); /* of this process: the machine may be busy */
    buf_str(&b, "<a ");
    for (int i = 0; i < 1000000; i++) buf_printf(&b, "x%d='1' ", i);
    buf_str(&b, "/>");
    refuse(b.s, ST_LIMIT, "[XML-0003]");
    b.n = 0;
    buf_str(&b, "<a></b><a ");
    for (int i = 0; i < 1000000; i++) buf_printf(&b, "x%d='1' ", i);
    buf_str(&b, "/>");
    refuse(b.s, ST_LIMIT, "[XML-0003]");
    b.n = 0;
    buf_str(&b, "<a ' "); /* a quote in a wrong place hides the tag from our own count; libxml2 stops there too */
    for (int i = 0; i < 1000000; i++) buf_printf(&b, "x%d=\"1\" ", i);
    buf_str(&b, "/>");
    refuse(b.s, ST_INPUT, "[XML-0001]");
    b.n = 0;
    buf_str(&b, "<a x='");
    for (int i = 0; i < 3000000; i++) buf_str(&b, "&#65;&lt;");
    buf_str(&b, "'>");
    for (int i = 0; i < 3000000; i++) buf_str(&b, "&amp;x");
    buf_str(&b, "</a>");
    parse(b.s);
    b.n = 0;
    buf_str(&b, "<!--");
    for (int i = 0; i < 10000000; i++) buf_str(&b, "- <");
    refuse(b.s, ST_INPUT, "[XML-0001]");
    b.n = 0;
    for (int i = 0; i < 10000000; i++) buf_str(&b, "<![CDATA[");
    refuse_n(b.s, (size_t)60 << 20, ST_INPUT, "[XML-0001]");
    b.n = 0;
    buf_str(&b, "<a>");
    for (int i = 0; i < 4000000; i++) buf_str(&b, "<b/>");
    buf_str(&b, "</a>");
    refuse(b.s, ST_LIMIT, "[XML-0003]");
    b.n = 0;
    for (int i = 0; i < 10000000; i++) buf_char(&b, '<');
    refuse(b.s, ST_INPUT, "[XML-0001]");
    buf_free(&b);
    arena_free(&g_arena);
    double took = (double)(clock() - began) / CLOCKS_PER_SEC;
    cr_assert(took < TEST_SLOW * 15, "%g s", took);
}

#ifndef TEST_ASAN
/* Memory that ends anywhere in the middle ends the program with its own code, and never gives half a document. */
TEST(xml, out_of_memory_anywhere)
{
    Buf b = {0};
    buf_str(&b, "<a>");
    for (int i = 0; i < 100000; i++) buf_printf(&b, "<b x='%d'>text</b>", i);
    buf_str(&b, "</a>");
    int died = 0, finished = 0;
    for (int mb = 0; mb < 60; mb += 2) {
        fflush(NULL);
        pid_t pid = fork();
        if (pid == 0) {
            long pages = 0;
            FILE *f = fopen("/proc/self/statm", "r");
            if (!f || fscanf(f, "%*d %*d %*d %*d %*d %ld", &pages) != 1) _exit(99);
            fclose(f);
            rlim_t limit = (rlim_t)pages * 4096 + ((rlim_t)mb << 20);
            setrlimit(RLIMIT_DATA, &(struct rlimit){limit, limit});
            dup2(open("/dev/null", O_WRONLY), 2);
            XmlNode *root;
            Status st = xml_parse(&g_arena, "t", b.s, b.n, &root);
            int n = 0;
            for (const XmlNode *c = st == ST_OK ? root->child : NULL; c; c = c->next) n++;
            _exit(st == ST_OK && n == 100000 ? 0 : 98);
        }
        int status;
        waitpid(pid, &status, 0);
        cr_assert(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == ST_LIMIT), "%d MB: %x", mb, status);
        if (WEXITSTATUS(status)) died++;
        else finished++;
    }
    cr_assert(died > 3 && finished > 3, "%d died, %d finished", died, finished);
    buf_free(&b);
}
#endif

TEST(xml, file_errors)
{
    XmlNode *root;
    msg_capture_begin();
    cr_assert_eq(xml_read(&g_arena, "/nowhere/t.xml", &root), ST_IO);
    SAID("IO-0001");
    msg_capture_begin();
    cr_assert_eq(xml_read(&g_arena, "/tmp", &root), ST_IO);
    SAID("IO-0002");
    arena_free(&g_arena);
}

static Status parse_one(void *ctx, uint32_t i)
{
    (void)ctx;
    Arena a = {0};
    XmlNode *root;
    char text[100];
    snprintf(text, sizeof text, "<a n='%u'><b/></a%s>", i, i % 10 == 0 ? "x" : "");
    Status st = xml_parse(&a, "t", text, strlen(text), &root);
    if (st == ST_OK && atoi(xml_attr(root, "n")) != (int)i) st = ST_INTERNAL;
    arena_free(&a);
    return st == (i % 10 == 0 ? ST_INPUT : ST_OK) ? ST_OK : ST_INTERNAL;
}

TEST(xml, many_threads)
{
    msg_capture_begin();
    cr_assert_eq(par_for(500, 4, parse_one, NULL), ST_OK);
    msg_capture_end();
}

/* Random damage to a document: either it is refused, or it is a tree; never a crash, never noise on stderr. */
TEST(xml, damaged_documents)
{
    static const char doc[] = "<?xml version=\"1.0\"?><t a=\"1\" b='2'><!-- x --><l>t&amp;<![CDATA[c]]></l><?p i?><m x=\"&#65;\"/></t>";
    static const char parts[] = "<>&;'\"=/!?-[]ab \n#x0\x01\xc3\xff";
    Rng r = rng_make(6, 6);
    for (int i = 0; i < 20000; i++) {
        char text[sizeof doc];
        memcpy(text, doc, sizeof doc);
        for (uint32_t k = 0; k < 1 + rng_below(&r, 4); k++) text[rng_below(&r, sizeof doc - 1)] = parts[rng_below(&r, sizeof parts - 1)];
        XmlNode *root;
        msg_capture_begin();
        Status st = xml_parse(&g_arena, "t", text, sizeof doc - 1, &root);
        const char *told = msg_capture_end();
        cr_assert((st == ST_OK) == (root != NULL) && (st == ST_OK) == (*told == 0), "%s: %s", text, told);
        arena_free(&g_arena);
    }
}

/* What is escaped comes back, whatever it was. */
TEST(xml, escape_round_trip)
{
    static const struct { const char *in, *out; } cases[] = {
        {"a<b>&\"c'", "a<b>&\"c'"}, {"x\ty\nz\rw", "x\ty\nz\rw"}, {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
        {"\x01\x1f", "\xef\xbf\xbd\xef\xbf\xbd"}, {"\xff" "a", "\xef\xbf\xbd" "a"}, {"\xc3", "\xef\xbf\xbd"},
        {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"}, {"", ""}};
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        Buf b = {0};
        buf_str(&b, "<a x=\"");
        xml_escape(&b, cases[i].in);
        buf_str(&b, "\">");
        xml_escape(&b, cases[i].in);
        buf_str(&b, "</a>");
        XmlNode *r = parse(b.s);
        cr_assert_str_eq(xml_attr(r, "x"), cases[i].out);
        cr_assert_str_eq(r->text, cases[i].out);
        buf_free(&b);
    }
    Rng rng = rng_make(8, 8);
    for (int i = 0; i < 3000; i++) {
        Buf b = {0};
        char raw[12];
        for (size_t k = 0; k < sizeof raw - 1; k++) raw[k] = (char)(1 + rng_below(&rng, 255));
        raw[sizeof raw - 1] = 0;
        buf_str(&b, "<a>");
        xml_escape(&b, raw);
        buf_str(&b, "</a>");
        parse(b.s);
        buf_free(&b);
    }
    arena_free(&g_arena);
}
