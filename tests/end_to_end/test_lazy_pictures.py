"""A feed with pictures for scripts and with frames, from the publisher to each output."""

from __future__ import annotations

import json

import pytest
from lxml import etree
from project import Project
from publisher import Publisher

FEED = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Harbour</title>
<link>https://harbour.example/</link><description>d</description>
<item><title>Lamps</title><link>https://harbour.example/p/lamps</link>
<pubDate>Tue, 24 Nov 2026 12:00:00 GMT</pubDate><content:encoded><![CDATA[
<img src="https://secure.gravatar.com/avatar/1" class="avatar"><p>Lamps.</p>
<img src="data:," data-attrs="{&quot;src&quot;:&quot;https://media.example/lamp.png&quot;}">
<img src="data:," data-src="/two.jpg"><noscript><img src="/two.jpg"></noscript>
<iframe src="https://www.youtube.com/embed/abc"></iframe>]]></content:encoded></item>
<item><title>Only a video</title><link>https://harbour.example/p/video</link>
<pubDate>Tue, 24 Nov 2026 08:00:00 GMT</pubDate>
<description>&lt;iframe src="https://player.example/1"&gt;&lt;/iframe&gt;</description></item>
</channel></rss>"""
CONFIG = """
[[sources]]
plugin = "feed"
name = "Harbour"
url = "{url}"
"""
OUTPUTS = ("rss", "atom", "jsonfeed", "html", "jsonl")


@pytest.mark.e2e
def test_every_output_shows_the_pictures(project: Project, publisher: Publisher) -> None:
    publisher.serve("/feed.xml", FEED.encode())
    outputs = "".join(f'[[outputs]]\nplugin = "{name}"\npath = "public/{name}.out"\n' for name in OUTPUTS)
    outputs = outputs.replace("html.out", "index.html")
    project.configure(CONFIG.format(url=publisher.url("/feed.xml")) + outputs)
    project.run()

    rss = etree.fromstring(project.read("public/rss.out").encode())
    atom = etree.fromstring(project.read("public/atom.out").encode())
    texts = [
        rss.findtext("channel/item[title='Lamps']/description"),  # there is no summary but the title
        atom.findtext("{*}entry[{*}title='Lamps']/{*}content"),
        next(i for i in json.loads(project.read("public/jsonfeed.out"))["items"] if i["title"] == "Lamps")[
            "content_html"
        ],
    ]
    for text in texts:
        assert text and text.count("<img ") == text.count('<img src="https://') == 4
        assert 'src="https://media.example/lamp.png"' in text
        assert text.count("https://harbour.example/two.jpg") == 1
        assert 'href="https://www.youtube.com/watch?v=abc"' in text
    assert 'href="https://player.example/1"' in (rss.findtext("channel/item[title='Only a video']/description") or "")
    assert 'src="https://media.example/lamp.png"' in project.read("public/index.html")
    articles = map(json.loads, project.read("public/jsonl.out").splitlines())
    assert {article["title"]: article["image"] for article in articles} == {
        "Lamps": "https://media.example/lamp.png",
        "Only a video": None,
    }
