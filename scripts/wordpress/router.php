<?php

// What a web server's configuration does for WordPress: files of the shared core, files of the site's own wp-content,
// and everything else to WordPress.

$types = [
    'css' => 'text/css',
    'js' => 'text/javascript',
    'svg' => 'image/svg+xml',
    'png' => 'image/png',
    'gif' => 'image/gif',
    'jpg' => 'image/jpeg',
    'txt' => 'text/plain',
];
$core = $_SERVER['DOCUMENT_ROOT'];
$path = rawurldecode(parse_url('http://site' . $_SERVER['REQUEST_URI'], PHP_URL_PATH) ?: '/');
$content = getenv('HOOKGATE_SITE') . '/wp-content/';
$file = realpath(getenv('HOOKGATE_SITE') . $path);
$type = $types[pathinfo($path, PATHINFO_EXTENSION)] ?? null;

if ($type && $file && strncmp($file, $content, strlen($content)) === 0) {
    header("content-type: $type");
    readfile($file);
    return true;
}

if ($path !== '/' && (is_file($core . $path) || is_file("$core$path/index.php"))) {
    return false;
}

$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = '/index.php';
$_SERVER['SCRIPT_FILENAME'] = "$core/index.php";
require "$core/index.php";
