"""What the pages must hold: thousands of tracks, hundreds of people, long words."""

import os
import sqlite3

LONG_TITLE = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk und von Bernkastel-Kues über die Höhen nach Traben-Trarbach hin"
CROWDED = 3000


def crowd(site):
    """What the pages must hold: 2,000 tracks of Alice's, and one with 300 people and 40 tags and a long title."""
    tracks = site.path / "data/tracks"
    db = sqlite3.connect(site.path / "fietsboek.sqlite")
    with db:
        db.executemany("INSERT INTO users (id, name, email) VALUES (?, ?, ?)",
                       [(n, f"Wanderin {n} von und zu Hohenstein", f"p{n}@example.org") for n in range(1001, 1301)])
        for n in range(1000, CROWDED + 1):
            day = f"{1990 + n // 80:04}-{1 + n % 12:02}-{1 + n % 28:02} 10:00:00.000000"
            title = LONG_TITLE if n % 2 else f"Auf den Berg {n}"
            visibility = "PUBLIC" if n == CROWDED else "FRIENDS"
            db.execute("INSERT INTO tracks (id, owner_id, title, description, date_raw, visibility, link_secret, date_tz, type, transformers)"
                       " VALUES (?, 2, ?, '', ?, ?, ?, 60, 'ORGANIC', '[]')", (n, title, day, visibility, f"secret{n}"))
            db.execute("INSERT INTO track_cache SELECT ?, length, uphill, downhill, moving_time, stopped_time, max_speed, avg_speed,"
                       " start_time_raw, end_time_raw, start_time_tz, end_time_tz FROM track_cache WHERE track_id = 1", (n,))
            (tracks / str(n)).mkdir()
            for file in ["track.gpx.br", "preview.png"]:
                if (tracks / "1" / file).exists():
                    os.link(tracks / "1" / file, tracks / str(n) / file)
        db.execute("UPDATE tracks SET title = ? WHERE id = ?", (LONG_TITLE, CROWDED))
        db.executemany("INSERT INTO track_people_assoc (track_id, user_id) VALUES (?, ?)", [(CROWDED, n) for n in range(1001, 1301)])
        db.executemany("INSERT INTO tags (track_id, tag) VALUES (?, ?)", [(CROWDED, f"Donaudampfschifffahrtsgesellschaft {n}") for n in range(40)])
    db.close()


def diary(site):
    """Rides of two years, on every day of September 2024 another distance."""
    db = sqlite3.connect(site.path / "fietsboek.sqlite")
    track = ("INSERT INTO tracks (owner_id, title, description, date_raw, visibility, link_secret, date_tz, type, transformers) "
             "VALUES (2, ?, '', ?, 'PRIVATE', 'x', 60, 'ORGANIC', '[]')")
    cache = ("INSERT INTO track_cache (track_id, length, uphill, downhill, moving_time, stopped_time, max_speed, avg_speed, "
             "start_time_raw, end_time_raw, start_time_tz, end_time_tz) VALUES (?, ?, ?, 900, ?, 600, 12, 5, ?, ?, 60, 60)")
    days = [f"{year}-{month:02}-{day:02}" for year in (2023, 2024) for month in range(1, 13) for day in (3, 17, 18)]
    days += [f"2024-09-{day:02}" for day in range(1, 31, 2)] + ["2024-09-21"] * 3
    for n, day in enumerate(days):
        title = "Donaudampfschifffahrtsgesellschaftskapitänsmützenknopf" if n % 3 else LONG_TITLE
        length = 4000.0 + n * 7919 % 118_000
        at = f"{day} 09:00:00.000000"
        made = db.execute(track, (title, at)).lastrowid
        db.execute(cache, (made, length, length / 80, length / 5, at, f"{day} 15:{n % 60:02}:00.000000"))
    db.commit()
    db.close()
