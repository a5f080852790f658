<?php

// Runs the PHP on standard input inside a loaded WordPress; what it returns goes to file descriptor 3, as JSON.

$_SERVER['REQUEST_METHOD'] = 'GET';
$_SERVER['REQUEST_URI'] = '/';
$_SERVER['HTTP_HOST'] = '127.0.0.1';
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
if (getenv('HOOKGATE_INSTALLING')) {
    define('WP_INSTALLING', true);
}

require getenv('HOOKGATE_CORE') . '/wp-load.php';

file_put_contents('php://fd/3', json_encode(
    (static function () {
        return eval(stream_get_contents(STDIN));
    })(),
    JSON_THROW_ON_ERROR
));
